/* GET /api/events: the same events for programs that speak only HTTP, which may wait for the next one. */
#include <string.h>

#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/metrics/metrics.h"
#include "common/outside/room.h"
#include "common/pack/pack.h"
#include "gen/proto/events/events.gen.h"

/* PAYLOAD_BYTES: six letters for each byte of a text at worst. ANSWER_MS: beside the waiting. */
enum { LIMIT = 100, PAYLOAD_BYTES = 6 * OUTBOX_MAX_PAYLOAD + 1024, ANSWER_MS = 5000, RETRY_S = 5,
	PROBLEM_BYTES = 4096 };

METRIC(fed_total, COUNTER, "dure_outside_fed_total", NULL, "Events given to programs outside over HTTP");

const struct http_route *const outside_routes = events_routes;
const size_t outside_n_routes = EVENTS_ROUTES;

static const struct err *
denied(struct req *rq)
{
	return FAIL(rq, UNKNOWN_WHO, "event_key.denied",
	    "send Authorization: Dure-Event-Key <keyId>.<secret> of a key that is good");
}

/* "Dure-Event-Key <keyId>.<secret>" */
static const struct err *
read_key(struct req *rq, struct outside_key *out)
{
	struct text rest = http_request_header(rq, "Authorization"), scheme = text_cut(&rest, ' ');
	uint8_t hash[SHA256_BYTES];
	struct uuid id;

	if (!text_eq_nocase(scheme, TEXT("Dure-Event-Key")) || !uuid_parse(text_cut(&rest, '.'), &id) || rest.len == 0)
		return denied(rq);
	TRY(outside_keys_find(rq, rq->app->outside->keys, id, out));
	digest_sha256(rest, hash);
	if (!outside_key_has(out, (struct text){ (const char *)hash, sizeof(hash) }, rq->now_us))
		return denied(rq);
	return NULL;
}

const struct err *
outside_caller(struct req *rq, const char *type, struct uuid *company)
{
	struct outside_key key = { .n_types = 0 };
	bool sees;

	if (rq->app->outside == NULL)
		return FAIL(rq, BUSY, "event_key.closed", "programs outside are not answered by this installation");
	TRY(read_key(rq, &key));
	sees = key.n_types == 0;
	for (size_t i = 0; i < key.n_types; i++)
		sees = sees || text_is(key.types[i], type);
	if (!sees)
		return FAIL(rq, FORBIDDEN, "event_key.out_of_scope", "the key may not see %s", type);
	*company = key.company;
	return NULL;
}

static void
read_types(struct req *rq, struct err_fields *fs, struct text list, struct outside_ask *ask)
{
	struct text *types = NEWS(rq->mem, struct text, OUTSIDE_MAX_TYPES);

	ask->types = types;
	while (list.len > 0 && ask->n_types < OUTSIDE_MAX_TYPES)
		types[ask->n_types++] = text_trim(text_cut(&list, ','));
	if (list.len > 0)
		err_field_add(fs, "/query/types", "too_many", "at most %d types", OUTSIDE_MAX_TYPES);
}

static const struct err *
read_ask(struct req *rq, const struct event_list_in *in, struct outside_ask *ask)
{
	struct err_fields fs = { .rq = rq };

	if (in->has_publisher && !text_is(in->publisher, rq->app->service))
		err_field_add(&fs, "/query/publisher", "unknown", "this is %s", rq->app->service);
	ask->has_after = in->has_after;
	if (in->has_after && !outside_cursor_parse(rq->mem, rq->app->service, in->after, ask->after))
		err_field_add(&fs, "/query/after", "format", "take it from nextCursor of the same publisher as it is");
	if (in->has_types)
		read_types(rq, &fs, in->types, ask);
	ask->limit = in->has_limit ? in->limit : LIMIT;
	ask->max_bytes = OUTSIDE_MAX_BYTES;
	return err_fields_done(&fs);
}

static const struct err *
next(struct req *rq, struct outside_ask *ask, struct outside_page *page)
{
	TRY(outside_next(rq, ask, page));
	ask->has_after = true;
	memcpy(ask->after, page->cursor, sizeof(ask->after));
	return NULL;
}

/* Looks again whenever something new is there. The key is looked up again first: it may have been revoked meanwhile. */
static const struct err *
wait_for_event(struct req *rq, struct outside_key *key, struct outside_ask *ask, int64_t until_us, struct outside_page *page)
{
	while (page->n == 0 && page->found == OUTSIDE_FOUND && clock_mono_us() < until_us &&
	    !__atomic_load_n(&rq->app->draining, __ATOMIC_ACQUIRE)) {
		if (!page->more)
			outside_watch_wait(rq, rq->app->outside->watch, page->heads_sum, until_us);
		TRY(read_key(rq, key));
		TRY(next(rq, ask, page));
	}
	return NULL;
}

static const struct err *
find(struct req *rq, struct outside_key *key, struct outside_ask *ask, int64_t wait_us, struct outside_page *page)
{
	struct watch *watch = rq->app->outside->watch;
	struct err *busy;

	TRY(next(rq, ask, page));
	if (page->n > 0 || page->more || page->found != OUTSIDE_FOUND || wait_us == 0)
		return NULL;
	if (!outside_watch_enter(watch)) {
		busy = err_at(rq, __FILE__, __LINE__, E_BUSY, "event.too_many_wait", "too many wait here already");
		busy->retry_after_s = RETRY_S;
		return busy;
	}
	rq->deadline_us = clock_mono_us() + wait_us + (int64_t)ANSWER_MS * 1000;
	const struct err *e = wait_for_event(rq, key, ask, clock_mono_us() + wait_us, page);
	outside_watch_leave(watch);
	return e;
}

/* A problem like any other, with a header line that an error has no place for: the cursor to go on with. */
static const struct err *
useless_cursor(struct req *rq, const struct outside_page *page)
{
	struct buf problem = buf_in(rq->mem, PROBLEM_BYTES);
	const struct err *e = page->found == OUTSIDE_AHEAD ?
	    FAIL(rq, CONFLICT, "event.cursor_ahead", "the publisher has not come so far; was its database restored?") :
	    FAIL(rq, GONE, "event.cursor_expired", "what follows this cursor is no longer kept");

	http_status(rq, http_problem_write(&problem, rq, e));
	http_header(rq, "Dure-Oldest-Cursor", outside_cursor_print(rq->mem, rq->app->service, page->cursor));
	http_body(rq, "application/problem+json", buf_as_text(&problem));
	return NULL;
}

static const struct err *
put_event(struct req *rq, const struct envelope *e, struct fed_event *out)
{
	struct buf payload = buf_in(rq->mem, PAYLOAD_BYTES);

	if (!pack_to_json(e->payload, &payload) || payload.overflow)
		return FAIL(rq, INTERNAL, "event.malformed", "%.*s in the outbox cannot be read", TEXT_ARG(e->type));
	*out = (struct fed_event){ .id = e->id, .type = e->type, .version = e->version, .occurred_at = e->occurred_us,
		.publisher = e->publisher, .has_tenant = !uuid_is_nil(e->tenant), .tenant = e->tenant, .key = e->key,
		.partition = e->partition, .seq = e->seq, .traceparent = e->trace, .payload = buf_as_text(&payload) };
	return NULL;
}

const struct err *
event_list(struct req *rq, const struct event_list_in *in, struct event_feed *out)
{
	struct outside_page *page = NEW(rq->mem, struct outside_page);
	struct outside_key key;
	struct outside_ask ask = { .key = &key };
	int64_t handled[OUTBOX_PARTITIONS];

	TRY(read_key(rq, &key));
	TRY(read_ask(rq, in, &ask));
	memcpy(handled, ask.after, sizeof(handled));
	TRY(find(rq, &key, &ask, in->has_wait ? (int64_t)in->wait * 1000000 : 0, page));
	if (page->found != OUTSIDE_FOUND)
		return useless_cursor(rq, page);
	if (in->has_after)
		outside_readers_note(rq, rq->app->outside->readers, key.id, handled);
	*out = (struct event_feed){ .n_items = page->n, .items = NEWS(rq->mem, struct fed_event, page->n + 1),
		.next_cursor = outside_cursor_print(rq->mem, rq->app->service, page->cursor), .more = page->more };
	for (size_t i = 0; i < page->n; i++)
		TRY(put_event(rq, &page->events[i], &out->items[i]));
	metric_add(&fed_total, NULL, (int64_t)page->n);
	return NULL;
}
