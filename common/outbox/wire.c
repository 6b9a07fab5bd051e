/* Questions and answers of REQ/REP as msgpack maps. */
#include "common/outbox/wire.h"

#include "common/core/text.h"
#include "common/pack/pack.h"

static const char *const ops[] = { "heads", "after", NULL };

#define Q(member)   (uint16_t)offsetof(struct wire_question, member)
#define A(member)   (uint16_t)offsetof(struct wire_answer, member)

static const struct msg_field question_fields[] = {
	{ .name = "op", .kind = MSG_TEXT, .flags = MSG_REQUIRED, .at = Q(op), .mark = MSG_NONE,
	    .min = 1, .max = 8, .values = ops },
	{ .name = "partition", .kind = MSG_I32, .at = Q(partition), .mark = Q(has_partition),
	    .max = OUTBOX_PARTITIONS - 1 },
	{ .name = "seq", .kind = MSG_I64, .at = Q(seq), .mark = Q(has_seq), .max = INT64_MAX },
	{ .name = "limit", .kind = MSG_I32, .at = Q(limit), .mark = Q(has_limit), .min = 1,
	    .max = WIRE_MAX_EVENTS },
	{ .name = "maxBytes", .kind = MSG_I64, .at = Q(max_bytes), .mark = Q(has_max_bytes),
	    .min = 1, .max = WIRE_MAX_BYTES },
};

static const struct msg_field answer_fields[] = {
	{ .name = "heads", .kind = MSG_I64, .flags = MSG_LIST, .at = A(heads), .mark = A(n_heads),
	    .max = INT64_MAX, .max_items = OUTBOX_PARTITIONS },
	{ .name = "events", .kind = MSG_BYTES, .flags = MSG_LIST, .at = A(events),
	    .mark = A(n_events), .max = PACK_MAX_BYTES, .max_items = WIRE_MAX_EVENTS },
	{ .name = "head", .kind = MSG_I64, .at = A(head), .mark = A(has_head), .max = INT64_MAX },
	{ .name = "oldest", .kind = MSG_I64, .at = A(oldest), .mark = A(has_oldest),
	    .max = INT64_MAX },
	{ .name = "error", .kind = MSG_TEXT, .at = A(error), .mark = A(has_error), .max = 32 },
};

#define W(member)   (uint16_t)offsetof(struct wire_wake, member)
static const struct msg_field wake_fields[] = {
	{ .name = "type", .kind = MSG_TEXT, .flags = MSG_REQUIRED, .at = W(type), .mark = MSG_NONE },
	{ .name = "partition", .kind = MSG_I32, .flags = MSG_REQUIRED, .at = W(partition), .mark = MSG_NONE },
	{ .name = "seq", .kind = MSG_I64, .flags = MSG_REQUIRED, .at = W(seq), .mark = MSG_NONE },
};

static const struct msg_type wake_type = { "bus_wake", sizeof(struct wire_wake), _Alignof(struct wire_wake),
	wake_fields, COUNT_OF(wake_fields), true };
static const struct msg_type question_type = { "bus_question", sizeof(struct wire_question),
	_Alignof(struct wire_question), question_fields, COUNT_OF(question_fields), true };
static const struct msg_type answer_type = { "bus_answer", sizeof(struct wire_answer),
	_Alignof(struct wire_answer), answer_fields, COUNT_OF(answer_fields), true };

void
wire_wake_write(struct buf *to, const struct wire_wake *w)
{
	pack_write(to, &wake_type, w);
}

void
wire_question_write(struct buf *to, const struct wire_question *q)
{
	pack_write(to, &question_type, q);
}

void
wire_answer_write(struct buf *to, const struct wire_answer *a)
{
	pack_write(to, &answer_type, a);
}

const struct err *
wire_question_read(struct req *rq, struct text from, struct wire_question *q)
{
	*q = (struct wire_question){ .op = { NULL, 0 } };
	TRY(pack_read(rq, from, &question_type, q));
	if (text_is(q->op, "after") && (!q->has_partition || !q->has_seq))
		return FAIL(rq, INVALID, "event.malformed", "after needs partition and seq");
	q->limit = q->has_limit ? q->limit : WIRE_MAX_EVENTS;
	q->max_bytes = q->has_max_bytes ? q->max_bytes : WIRE_MAX_BYTES;
	return NULL;
}

const struct err *
wire_answer_read(struct req *rq, struct text from, struct wire_answer *a)
{
	*a = (struct wire_answer){ .n_heads = 0 };
	return pack_read(rq, from, &answer_type, a);
}
