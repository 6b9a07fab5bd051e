/* From an event to a delivery per endpoint; POST /api/webhooks/{webhookId}/test. */
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "common/outbox/outbox.h"
#include "gen/proto/public_events.gen.h"
#include "gen/services/notification/webhook/delivery.sql.h"
#include "gen/services/notification/webhook/endpoint.sql.h"
#include "services/notification/webhook/webhook.h"

/* The standard asks for less than 20 kB; public events have a few hundred bytes. */
enum { BODY_MAX_BYTES = 65536 };

#define NAME(event) &event##_event,
static const struct event_type *const public_events[] = { PUBLIC_EVENTS(NAME) };
#undef NAME

const struct err *
webhook_put_job(struct req *rq, struct uuid delivery, int32_t round)
{
	char id[UUID_CHARS + 1];

	uuid_print(delivery, id);
	return job_put(rq, "webhook_send", text_of(arena_printf(rq->mem, "%s.%d", id, (int)round)), TEXT(""), rq->now_us);
}

static struct text
body_of(struct req *rq, const struct webhook_news *news)
{
	struct buf body = buf_in(rq->mem, BODY_MAX_BYTES);
	char id[UUID_CHARS + 1], at[TIME_CHARS + 1];

	uuid_print(news->event_id, id);
	time_print(news->occurred_us, at);
	buf_printf(&body, "{\"type\":\"%.*s\",\"timestamp\":\"%s\",\"data\":", TEXT_ARG(news->type), at);
	buf_text(&body, news->data);
	buf_printf(&body, ",\"id\":\"%s\",\"version\":%d,\"publisher\":\"%.*s\"}", id, (int)news->version,
	    TEXT_ARG(news->publisher));
	SURE(!body.overflow);
	return buf_as_text(&body);
}

const struct err *
webhook_deliver(struct req *rq, struct uuid webhook, const struct webhook_news *news, struct uuid *id)
{
	*id = uuid_new();
	TRY(sql_webhook_delivery_put(rq, &(struct sql_webhook_delivery_put_in){ .id = *id, .webhook_id = webhook,
		.event_id = news->event_id, .type = news->type, .occurred_at = news->occurred_us,
		.body = body_of(rq, news), .now = rq->now_us }));
	return webhook_put_job(rq, *id, 1);
}

const struct event_type *
webhook_event(struct text type, int32_t version)
{
	for (size_t i = 0; i < COUNT_OF(public_events); i++)
		if (text_is(type, public_events[i]->type) && (version == 0 || version == public_events[i]->version))
			return public_events[i];
	return NULL;
}

const struct err *
webhook_hear(struct req *rq, const void *event)
{
	const struct envelope *e = rq->event;
	const struct event_type *type = webhook_event(e->type, e->version);
	struct buf data = buf_in(rq->mem, BODY_MAX_BYTES / 2);
	struct sql_webhook_wanting_row *rows;
	struct uuid id;
	size_t n;

	SURE(type != NULL);          /* who listens by PUBLIC_EVENTS hears nothing else */
	TRY(sql_webhook_wanting(rq, e->type, e->tenant, &rows, &n));
	if (n == 0)
		return NULL;
	json_write(&data, type->payload, event);
	if (data.overflow)
		return FAIL(rq, INTERNAL, "webhook.too_large", "an event of type %.*s is too large to be told", TEXT_ARG(e->type));
	for (size_t i = 0; i < n; i++)
		TRY(webhook_deliver(rq, rows[i].id, &(struct webhook_news){ .event_id = e->id, .type = e->type,
			.publisher = e->publisher, .data = buf_as_text(&data), .version = e->version,
			.occurred_us = e->occurred_us }, &id));
	return NULL;
}

const struct err *
webhook_test(struct req *rq, const struct webhook_test_in *in, struct webhook_delivery *out)
{
	struct webhook_news news = { .event_id = uuid_new(), .type = TEXT("webhook.test"), .publisher = TEXT("notification"),
		.version = 1, .occurred_us = rq->now_us };
	struct sql_webhook_find_row row;
	char id[UUID_CHARS + 1];
	bool found;

	TRY(sql_webhook_find(rq, in->webhook_id, &row, &found));
	TRY(webhook_must_be(rq, found));
	if (!text_is(row.status, "enabled"))
		return FAIL(rq, CONFLICT, "webhook.disabled", "the endpoint is disabled; enable it first");
	uuid_print(row.id, id);
	news.data = text_of(arena_printf(rq->mem, "{\"webhookId\":\"%s\"}", id));
	*out = (struct webhook_delivery){ .event_id = news.event_id, .type = news.type, .status = TEXT("waiting"),
		.has_next_at = true, .next_at = rq->now_us, .occurred_at = rq->now_us, .created_at = rq->now_us };
	return webhook_deliver(rq, row.id, &news, &out->id);
}
