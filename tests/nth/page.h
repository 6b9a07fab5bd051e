/* What the driver and the shim say to each other: a file of one page that both have mapped. driver: page.py. */
#ifndef NTH_PAGE_H
#define NTH_PAGE_H
#include <stdint.h>

/* "own" is a malloc by our code, "malloc" one by a library. */
enum nth_kind { NTH_OWN, NTH_MALLOC, NTH_SEND, NTH_RECV, NTH_CONNECT, NTH_PQ, NTH__KINDS };

/* `how` is an errno, or one of these; of no meaning for malloc (ENOMEM) and PQ. */
enum { NTH_SHORT = 1000, NTH_EOF = 1001 };

enum { NTH_WHERE = 3072, NTH_EXCLUDED = 2048 };

struct nth_page {
	uint32_t armed;                  /* written last; while 0 nothing is counted and nothing fails */
	uint32_t kind, at, how;          /* the at-th call of that kind fails, once; at 0: none does */
	uint32_t count[NTH__KINDS];      /* calls since it was armed */
	uint32_t failed;                 /* 1 when a call was made to fail */
	uint32_t spared;                 /* calls that were due and stand below an excluded function */
	char     where[NTH_WHERE];       /* who called: "module+offset name" lines, innermost first */
	char     excluded[NTH_EXCLUDED]; /* "module name" lines: what is called below these does not fail */
};
#endif
