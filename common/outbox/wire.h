/* What travels over REQ/REP, for outbox and inbox only: see PROTOCOL.md. */
#ifndef OUTBOX_WIRE_H
#define OUTBOX_WIRE_H
#include "common/outbox/outbox.h"

/* An answer holds at most 192 KiB of envelopes, or one larger one, so that it fits
 * PACK_MAX_BYTES. */
enum { WIRE_MAX_EVENTS = 256, WIRE_MAX_BYTES = 196608 };

struct wire_question {
	struct text op;                     /* "heads" or "after" */
	bool        has_partition, has_seq, has_limit, has_max_bytes;
	int32_t     partition, limit;
	int64_t     seq, max_bytes;
};

struct wire_answer {
	size_t             n_heads, n_events;
	const int64_t     *heads;
	const struct text *events;
	bool               has_head, has_oldest, has_error;
	int64_t            head, oldest;
	struct text        error;           /* "malformed", "cursor_expired" or "busy" */
};

/* What wakes programs outside. */
struct wire_wake { struct text type; int32_t partition; int64_t seq; };

void wire_wake_write(struct buf *to, const struct wire_wake *w);
void wire_question_write(struct buf *to, const struct wire_question *q);
void wire_answer_write(struct buf *to, const struct wire_answer *a);
/* INVALID "event.malformed". "after" has its partition and seq, limit and max_bytes are always
 * filled. */
const struct err *wire_question_read(struct req *rq, struct text from,
    struct wire_question *q) MUST_USE;
const struct err *wire_answer_read(struct req *rq, struct text from, struct wire_answer *a) MUST_USE;

/* Answers one question with the statements of rq's pool. */
void wire_respond(struct req *rq, struct text question, struct buf *to);
#endif
