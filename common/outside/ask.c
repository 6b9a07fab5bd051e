/* The REQ/REP door of programs outside: who asks, once, lately, and for what they may see. */
#include <stdlib.h>
#include <string.h>

#include "common/core/app.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/outside/wire.h"

enum { ANSWER_MS = 5000, SKEW_S = 60, ENVELOPE_MAX_BYTES = OUTBOX_MAX_PAYLOAD + 1024 };

METRIC(answers_total, COUNTER, "dure_outside_answers_total", "answer", "Answers to programs outside over REQ/REP");
METRIC(given_total, COUNTER, "dure_outside_given_total", NULL, "Events given to programs outside over REQ/REP");

/* A refusal is an answer; an error is something that went wrong here. */
static const struct err *
refuse(struct outside_reply *r, const char *why)
{
	r->has_error = true;
	r->error = text_of(why);
	return NULL;
}

static bool
is_signed(struct req *rq, const struct outside_key *key, const struct outside_question *q)
{
	struct text whole = outside_signed(rq->mem, rq->app->service, q);
	uint8_t mac[SHA256_BYTES];
	bool is = false;

	for (size_t i = 0; i < key->n_secrets; i++) {
		digest_hmac(key->secrets[i].sha256, whole, mac);
		is |= digest_same((struct text){ (const char *)mac, sizeof(mac) }, q->mac) &
		    (rq->now_us < key->secrets[i].until_us);
	}
	return is;
}

/* Nothing but "denied" until the signature is proven; the time is told only to who has the secret. */
static const struct err *
check(struct req *rq, const struct outside *o, const struct outside_key *key, const struct outside_question *q,
    struct outside_reply *r)
{
	int64_t now_s = rq->now_us / 1000000, until_s = q->time_s + SKEW_S + 1;

	if (!is_signed(rq, key, q))
		return refuse(r, "denied");
	if (llabs(now_s - q->time_s) > SKEW_S) {
		r->has_time = true;
		r->time_s = now_s;
		return refuse(r, "clock");
	}
	switch (outside_nonces_take(o->nonces, q->key, q->nonce, rq->now_us, until_s * 1000000)) {
	case NONCE_NEW:  return NULL;
	case NONCE_SEEN: return refuse(r, "replayed");
	case NONCE_FULL: return refuse(r, "busy");
	}
	UNREACHED("a nonce that is none of these");
}

static void
put_page(struct req *rq, const struct outside_page *page, struct outside_reply *r)
{
	struct text *events = NEWS(rq->mem, struct text, page->n + 1);

	for (size_t i = 0; i < page->n; i++) {
		struct buf bytes = buf_in(rq->mem, ENVELOPE_MAX_BYTES);
		envelope_write(&bytes, &page->events[i]);
		events[i] = buf_as_text(&bytes);
	}
	*r = (struct outside_reply){ .events = events, .n_events = page->n, .has_more = true, .more = page->more };
	metric_add(&given_total, NULL, (int64_t)page->n);
}

static const struct err *
answer_next(struct req *rq, const struct outside *o, const struct outside_key *key, const struct outside_request *request,
    struct outside_reply *r)
{
	struct outside_ask ask = { .key = key, .types = request->types, .n_types = request->n_types,
		.has_after = request->n_after > 0, .limit = request->limit, .max_bytes = request->max_bytes };
	struct outside_page *page = NEW(rq->mem, struct outside_page);

	if (ask.has_after)
		memcpy(ask.after, request->after, sizeof(ask.after));
	TRY(outside_next(rq, &ask, page));
	if (page->found == OUTSIDE_FOUND)
		put_page(rq, page, r);
	else
		(void)refuse(r, page->found == OUTSIDE_AHEAD ? "cursor_ahead" : "cursor_expired");
	r->cursor = page->cursor;
	r->n_cursor = OUTBOX_PARTITIONS;
	if (ask.has_after && page->found == OUTSIDE_FOUND)
		outside_readers_note(rq, o->readers, key->id, ask.after);
	return NULL;
}

static const struct err *
answer_edge(struct req *rq, bool now, struct outside_reply *r)
{
	struct outside_edges *edges = NEW(rq->mem, struct outside_edges);

	TRY(outside_look(rq, edges));
	r->cursor = now ? edges->now : edges->oldest;
	r->n_cursor = OUTBOX_PARTITIONS;
	return NULL;
}

static const struct err *
respond(struct req *rq, const struct outside *o, struct text question, struct outside_reply *r)
{
	struct outside_question q;
	struct outside_request request;
	struct outside_key key;

	TRY(outside_question_read(rq, question, &q));
	TRY(outside_keys_find(rq, o->keys, q.key, &key));
	TRY(check(rq, o, &key, &q, r));
	if (r->has_error)
		return NULL;
	TRY(outside_request_read(rq, q.request, &request));
	if (text_is(request.op, "next"))
		return answer_next(rq, o, &key, &request, r);
	return answer_edge(rq, text_is(request.op, "now"), r);
}

static const char *
word_of(struct req *rq, const struct err *e)
{
	switch ((int)e->code) {
	case E_INVALID:     return "malformed";
	case E_UNKNOWN_WHO: return "denied";
	case E_FORBIDDEN:   return "out_of_scope";
	default:
		log_err(rq, LV_WARN, "outside.question_failed", e);
		return "busy";
	}
}

void
outside_answer(void *app, struct arena *mem, struct text question, struct buf *to)
{
	struct outside_reply r = { .n_events = 0 };
	struct req rq;

	req_begin(&rq, app, mem, TEXT("outside question"), ANSWER_MS);
	const struct err *e = respond(&rq, rq.app->outside, question, &r);
	if (e != NULL) {
		r = (struct outside_reply){ .n_events = 0 };
		(void)refuse(&r, word_of(&rq, e));
	}
	outside_reply_write(to, &r);
	metric_add(&answers_total, r.has_error ? arena_copy(mem, r.error).at : "ok", 1);
	req_end(&rq);
}
