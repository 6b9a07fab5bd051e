/* Identifiers and randomness. */
#ifndef CORE_ID_H
#define CORE_ID_H
#include "common/core/base.h"

enum { UUID_CHARS = 36 };

/* Bytes of the kernel's generator; never fails (panics if the kernel refuses). */
void        random_bytes(void *out, size_t len);
/* The same of some bytes that the thread has drawn ahead, one system call for dozens: for ids, which are told to others. */
void        random_for_id(void *out, size_t len);
/* An unbiased number in [0, below). below > 0. */
uint32_t    random_below(uint32_t below);

/* UUIDv7 (RFC 9562, 6.2 method 3): 48 bits of clock_now_us() in ms, 12 bits of the part of it, 62 random bits. So ids
 * that one process makes a microsecond apart sort as they were made: lists go by them. */
struct uuid uuid_new(void);
bool        uuid_is_nil(struct uuid u);
bool        uuid_eq(struct uuid a, struct uuid b);
void        uuid_print(struct uuid u, char out[UUID_CHARS + 1]);       /* lower case */
/* The 36-character form only, any case. */
bool        uuid_parse(struct text t, struct uuid *out) MUST_USE;
#endif
