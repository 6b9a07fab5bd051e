/* What programs outside say over REQ/REP: see common/outbox/PROTOCOL.md. */
#ifndef OUTSIDE_WIRE_H
#define OUTSIDE_WIRE_H
#include "common/outside/room.h"

enum { OUTSIDE_NONCE_BYTES = 16, OUTSIDE_MAX_REQUEST = 8192 };

/* What is signed, and by whom. */
struct outside_question {
	struct uuid key;
	int64_t     time_s;
	struct text nonce, mac, request;
};

struct outside_request {
	struct text  op;                    /* "next", "now" or "oldest" */
	size_t       n_after, n_types;
	int64_t     *after;
	struct text *types;
	bool         has_limit, has_max_bytes;
	int32_t      limit;
	int64_t      max_bytes;
};

struct outside_reply {
	size_t             n_events, n_cursor;
	const struct text *events;
	const int64_t     *cursor;
	bool               has_more, more, has_error, has_time;
	struct text        error;           /* denied clock replayed malformed out_of_scope busy cursor_expired cursor_ahead */
	int64_t            time_s;
};

void outside_question_write(struct buf *to, const struct outside_question *q);
void outside_request_write(struct buf *to, const struct outside_request *r);
void outside_reply_write(struct buf *to, const struct outside_reply *r);
/* INVALID "event.malformed". limit and max_bytes are always filled. */
const struct err *outside_question_read(struct req *rq, struct text from, struct outside_question *q) MUST_USE;
const struct err *outside_request_read(struct req *rq, struct text from, struct outside_request *r) MUST_USE;
const struct err *outside_reply_read(struct req *rq, struct text from, struct outside_reply *r) MUST_USE;

/* The bytes that are signed: the lines "dure-events-v1", publisher, key, time and nonce in hex, then the request. */
struct text outside_signed(struct arena *mem, const char *publisher, const struct outside_question *q);
#endif
