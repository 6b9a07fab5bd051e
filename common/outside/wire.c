/* Questions and answers of programs outside, as msgpack maps. */
#include "common/outside/wire.h"

#include "common/core/buf.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/pack/pack.h"

static const char *const ops[] = { "next", "now", "oldest", NULL };

#define Q(member)   (uint16_t)offsetof(struct outside_question, member)
#define R(member)   (uint16_t)offsetof(struct outside_request, member)
#define A(member)   (uint16_t)offsetof(struct outside_reply, member)
#define MUST_BE(n, k, place, lo, hi) \
	{ .name = (n), .kind = (k), .flags = MSG_REQUIRED, .at = (place), .mark = MSG_NONE, .min = (lo), .max = (hi) }

static const struct msg_field question_fields[] = {
	MUST_BE("key", MSG_UUID, Q(key), 0, 0),
	MUST_BE("time", MSG_I64, Q(time_s), 0, INT64_C(1) << 40),
	MUST_BE("nonce", MSG_BYTES, Q(nonce), OUTSIDE_NONCE_BYTES, OUTSIDE_NONCE_BYTES),
	MUST_BE("mac", MSG_BYTES, Q(mac), SHA256_BYTES, SHA256_BYTES),
	MUST_BE("request", MSG_BYTES, Q(request), 1, OUTSIDE_MAX_REQUEST),
};

static const struct msg_field request_fields[] = {
	{ .name = "op", .kind = MSG_TEXT, .flags = MSG_REQUIRED, .at = R(op), .mark = MSG_NONE, .min = 1, .max = 8,
	    .values = ops },
	{ .name = "after", .kind = MSG_I64, .flags = MSG_LIST, .at = R(after), .mark = R(n_after), .max = INT64_MAX - 10000,
	    .min_items = OUTBOX_PARTITIONS, .max_items = OUTBOX_PARTITIONS },
	{ .name = "types", .kind = MSG_TEXT, .flags = MSG_LIST, .at = R(types), .mark = R(n_types), .min = 1, .max = 100,
	    .max_items = OUTSIDE_MAX_TYPES },
	{ .name = "limit", .kind = MSG_I32, .at = R(limit), .mark = R(has_limit), .min = 1, .max = OUTSIDE_MAX_EVENTS },
	{ .name = "maxBytes", .kind = MSG_I64, .at = R(max_bytes), .mark = R(has_max_bytes), .min = 1,
	    .max = OUTSIDE_MAX_BYTES },
};

static const struct msg_field reply_fields[] = {
	{ .name = "events", .kind = MSG_BYTES, .flags = MSG_LIST, .at = A(events), .mark = A(n_events),
	    .max = PACK_MAX_BYTES, .max_items = OUTSIDE_MAX_EVENTS },
	{ .name = "cursor", .kind = MSG_I64, .flags = MSG_LIST, .at = A(cursor), .mark = A(n_cursor), .max = INT64_MAX,
	    .max_items = OUTBOX_PARTITIONS },
	{ .name = "more", .kind = MSG_BOOL, .at = A(more), .mark = A(has_more) },
	{ .name = "error", .kind = MSG_TEXT, .at = A(error), .mark = A(has_error), .max = 32 },
	{ .name = "time", .kind = MSG_I64, .at = A(time_s), .mark = A(has_time), .max = INT64_MAX },
};

#define TYPE(name, of, fields) { name, sizeof(struct of), _Alignof(struct of), fields, COUNT_OF(fields), true }
static const struct msg_type question_type = TYPE("outside_question", outside_question, question_fields);
static const struct msg_type request_type = TYPE("outside_request", outside_request, request_fields);
static const struct msg_type reply_type = TYPE("outside_reply", outside_reply, reply_fields);

void
outside_question_write(struct buf *to, const struct outside_question *q)
{
	pack_write(to, &question_type, q);
}

void
outside_request_write(struct buf *to, const struct outside_request *r)
{
	pack_write(to, &request_type, r);
}

void
outside_reply_write(struct buf *to, const struct outside_reply *r)
{
	pack_write(to, &reply_type, r);
}

const struct err *
outside_question_read(struct req *rq, struct text from, struct outside_question *q)
{
	*q = (struct outside_question){ .time_s = 0 };
	return pack_read(rq, from, &question_type, q);
}

const struct err *
outside_request_read(struct req *rq, struct text from, struct outside_request *r)
{
	*r = (struct outside_request){ .n_after = 0 };
	TRY(pack_read(rq, from, &request_type, r));
	r->limit = r->has_limit ? r->limit : OUTSIDE_MAX_EVENTS;
	r->max_bytes = r->has_max_bytes ? r->max_bytes : OUTSIDE_MAX_BYTES;
	return NULL;
}

const struct err *
outside_reply_read(struct req *rq, struct text from, struct outside_reply *r)
{
	*r = (struct outside_reply){ .n_events = 0 };
	return pack_read(rq, from, &reply_type, r);
}

struct text
outside_signed(struct arena *mem, const char *publisher, const struct outside_question *q)
{
	struct buf all = buf_in(mem, OUTSIDE_MAX_REQUEST + 256);
	char key[UUID_CHARS + 1], nonce[2 * OUTSIDE_NONCE_BYTES + 1];

	uuid_print(q->key, key);
	SURE(text_to_hex(q->nonce, nonce, sizeof(nonce)));
	buf_printf(&all, "dure-events-v1\n%s\n%s\n%lld\n%s\n", publisher, key, (long long)q->time_s, nonce);
	buf_text(&all, q->request);
	SURE(!all.overflow);
	return buf_as_text(&all);
}
