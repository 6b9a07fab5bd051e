/* What the checker's parts share: rows that were read, rules that they are held against, findings. */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H
#include <stdio.h>

#include "common/core/arena.h"

/* Where rows come from, one bit each. */
enum source {
	AUTH = 1, BILLING = 2, MESSAGING = 4, COMMERCE = 8, NOTIFICATION = 16, EVERY = 31,
	PROVIDER = 32,           /* the sandbox of the providers */
	ACKED = 64               /* the ids in the file of --acked */
};

/* A finding (key: what it is about, value: what is wrong), or one side of a comparison (key and value; value NULL: not
 * decided yet, agrees with anything). what is for people and may be NULL. */
struct row { const char *key, *value, *what; };
struct rows { struct row *at; size_t n, cap; };
/* Borrows the texts. */
void rows_add(struct arena *mem, struct rows *rows, struct row row);

/* How two sides are compared, by key. SUMS: both ways, a missing key has the value 0, a key that stands twice is a
 * finding. WITHIN: each key of the left stands once on the right, with its value. */
enum mode { FINDINGS, SUMS, WITHIN, ABSENT };
/* All findings, in the order of the keys; sorts both sides. */
void compare(struct arena *mem, enum mode mode, struct rows *left, struct rows *right, struct rows *findings);

/* One rule: its findings are the rows of `left`, or where left and right differ. */
struct rule {
	const char *name, *says;
	enum mode   mode;
	int         from, to;            /* sources of the left and of the right */
	const char *left, *right;        /* files of statements, "" for sources that are no database */
};
extern const struct rule rules[];
extern const size_t n_rules;

struct options {
	const char *sandbox_url;         /* NULL: the provider is not asked */
	const char *acked;               /* NULL: no such file */
	const char *now;                 /* business time, RFC 3339; NULL: the machine's */
	long        older_than_s;        /* how long an open payment may stay open */
	long        wait_s;              /* how long what is on its way may take */
	size_t      limit;               /* findings shown per rule */
	bool        json;
};

/* The databases, by DURE_CHECK_<SERVICE>_DATABASE_URL or …_URL_FILE. Whatever cannot be read ends the program with 2. */
void books_open(const struct options *o, struct arena *mem);
/* A pass sees each database at one moment. */
void books_begin(void);
void books_end(void);
void books_close(void);
/* Adds the rows of that file of statements from each database named by `sources`; with more than one, the service's
 * name stands in front of what they say. */
void books_read(struct arena *mem, int sources, const char *file, struct rows *to);

/* What the provider has captured and not given back, by order id. */
void provider_read(struct arena *mem, const char *url, struct rows *to);
/* The lines of a file. */
void acked_read(struct arena *mem, const char *path, struct rows *to);

enum outcome { OK, FOUND, NOT_APPLICABLE, NOT_ASKED };
struct verdict { enum outcome outcome; struct rows findings; };
/* Prints all verdicts, in the order of the rules. */
void report(FILE *to, const struct options *o, const struct verdict *verdicts);

NEVER_RETURNS void give_up(const char *fmt, ...) PRINTF_LIKE(1, 2);
#endif
