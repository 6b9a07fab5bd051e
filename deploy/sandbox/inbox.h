/* What the sandbox sent, for people and tests to read. */
#ifndef SANDBOX_INBOX_H
#define SANDBOX_INBOX_H

#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/http.h"

/* Texts may be NULL. The result is shown once due has passed; until then it is "processing". */
struct inbox_entry {
	const char *kind;		/* sms, lms, mms, alimtalk, mail, payment */
	const char *to;
	const char *from;
	const char *subject;
	const char *content;
	const char *template_code;
	const char *status;		/* success, fail, … */
	const char *code;		/* the provider's result code */
	struct due due;
};

/* Copies the entry; the oldest of 10,000 makes room. */
void inbox_add(const struct inbox_entry *entry);
void inbox_reset(void);

void inbox_list(struct request *rq, struct reply *rep);
void inbox_page(struct request *rq, struct reply *rep);
void inbox_style(struct request *rq, struct reply *rep);

/* One stored item, in the hands of inbox_each. */
struct inbox_item {
	uint64_t seq;
	int64_t at_us;
	struct due due;
	char *kind, *to, *from, *subject, *content, *template_code, *status, *code;
};

struct inbox_filter {
	char *to;
	char *kind;
	uint64_t after;
	size_t limit;
	bool newest;			/* of too many keep the last, not the first */
};

/* Calls see for each item that passes, oldest first, under the inbox's lock. Returns the number
 * to pass as after next time. */
uint64_t inbox_each(const struct inbox_filter *filter,
    void (*see)(const struct inbox_item *item, void *arg), void *arg);

#endif
