/* The answers to "how far are you" and "what came after". */
#include "common/core/app.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/log/log.h"
#include "common/outbox/wire.h"
#include "gen/common/outbox/outbox.sql.h"

/* No envelope's fixed part is larger: two names, three uuids, numbers and their field names. */
enum { ENVELOPE_MAX_BYTES = OUTBOX_MAX_PAYLOAD + 1024 };

static const struct err *
respond_heads(struct req *rq, struct wire_answer *a)
{
	struct sql_outbox_heads_row *rows;
	size_t n;

	TRY(sql_outbox_heads(rq, &rows, &n));
	int64_t *heads = NEWS(rq->mem, int64_t, OUTBOX_PARTITIONS);
	for (size_t i = 0; i < n; i++)
		heads[rows[i].partition] = rows[i].seq;
	a->heads = heads;
	a->n_heads = OUTBOX_PARTITIONS;
	return NULL;
}

static struct text
envelope_of(struct req *rq, const struct sql_outbox_after_row *row)
{
	struct buf bytes = buf_in(rq->mem, ENVELOPE_MAX_BYTES);
	struct envelope e = {
		.id = row->event_id, .tenant = row->tenant, .key = row->key, .type = row->type,
		.publisher = text_of(rq->app->service), .trace = row->trace, .payload = row->payload,
		.version = row->version, .partition = row->partition, .seq = row->seq,
		.occurred_us = row->occurred_at,
	};

	envelope_write(&bytes, &e);
	return buf_as_text(&bytes);
}

/* As many as fit, the first one always. */
static void
fill_events(struct req *rq, const struct wire_question *q, const struct sql_outbox_after_row *rows,
    size_t n, struct wire_answer *a)
{
	struct text *events = NEWS(rq->mem, struct text, n + 1);
	int64_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		events[i] = envelope_of(rq, &rows[i]);
		bytes += (int64_t)events[i].len;
		if (i > 0 && bytes > q->max_bytes)
			break;
		a->n_events = i + 1;
	}
	a->events = events;
}

static const struct err *
respond_after(struct req *rq, const struct wire_question *q, struct wire_answer *a)
{
	struct sql_outbox_after_row *rows;
	struct sql_outbox_head_row head;
	size_t n;

	TRY(sql_outbox_head(rq, (int16_t)q->partition, &head));
	a->has_head = true;
	a->head = head.seq;
	if (q->seq + 1 < head.oldest_seq) {
		a->has_error = a->has_oldest = true;
		a->error = TEXT("cursor_expired");
		a->oldest = head.oldest_seq;
		return NULL;
	}
	TRY(sql_outbox_after(rq, (int16_t)q->partition, q->seq, q->limit, q->max_bytes, &rows,
	    &n));
	fill_events(rq, q, rows, n, a);
	return NULL;
}

static const struct err *
respond(struct req *rq, struct text question, struct wire_answer *a)
{
	struct wire_question q;

	TRY(wire_question_read(rq, question, &q));
	return text_is(q.op, "heads") ? respond_heads(rq, a) : respond_after(rq, &q, a);
}

void
wire_respond(struct req *rq, struct text question, struct buf *to)
{
	struct wire_answer a = { .n_heads = 0 };
	const struct err *e = respond(rq, question, &a);

	if (e != NULL) {
		bool malformed = e->code == E_INVALID;
		log_err(rq, malformed ? LV_WARN : LV_ERROR, "outbox.question_failed", e);
		a = (struct wire_answer){ .has_error = true,
			.error = malformed ? TEXT("malformed") : TEXT("busy") };
	}
	wire_answer_write(to, &a);
}
