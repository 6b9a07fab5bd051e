/* Webhooks: who is told, how it is signed, when it is tried again, how it is sent once more. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "services/notification/webhook/webhook.h"
#include "tests/integration/notification/webhook/receiver.h"
#include "tests/integration/notification/world.h"

static struct kit *k;
static const char *url, *webhook, *secret;

static struct kit_reply
make(const char *more)
{
	return kit_call(k, "POST /api/webhooks", kit_print("{\"url\":\"%s\",\"types\":[\"payment.settled\"]%s}", url, more));
}

static void
open_receiver(void)
{
	struct kit_reply made;

	k = world_open();
	url = receiver_open();
	kit_as_operator(k);
	made = make("");
	cr_assert_eq(made.status, 201, "%s", made.body);
	webhook = kit_json_text(made.body, "webhook.id");
	secret = kit_json_text(made.body, "secret");
}

static void
close_receiver(void)
{
	receiver_close();
	world_close();
}

TestSuite(webhook, .init = open_receiver, .fini = close_receiver, .timeout = 120);

static const char *
id_text(struct uuid id)
{
	char text[UUID_CHARS + 1];

	uuid_print(id, text);
	return kit_print("%s", text);
}

static void
settle(struct uuid company)
{
	struct payment_settled_v1 settled = { .payment_id = uuid_new(), .user_id = uuid_new(), .company_id = company,
		.purpose = TEXT("points"), .amount_krw = 50000, .currency = TEXT("KRW"), .provider = TEXT("toss"),
		.provider_payment_id = TEXT("tgen_1"), .method = TEXT("카드"), .paid_at = clock_now_us() };

	cr_assert_null(kit_hear(k, &payment_settled_v1_event, company, &settled));
}

/* The job of the newest delivery, as its worker would run it now. */
static void
send(void)
{
	const char *slug = kit_job(k, "webhook_send",
	    kit_sql(k, "SELECT id || '.' || round FROM webhook_delivery ORDER BY id DESC LIMIT 1"), "");

	cr_assert_null(slug, "%s", slug);
}

static const char *
state(const char *column)
{
	return kit_sql(k, "SELECT %s FROM webhook_delivery ORDER BY id DESC LIMIT 1", column);
}

static struct kit_reply
ask(const char *method, const char *path)
{
	return kit_call(k, kit_print("%s /api/webhooks/%s%s", method, webhook, path), strcmp(method, "POST") == 0 ? "{}" : NULL);
}

/* What the receiver would compute: by its own copy of the secret, over what it was sent. */
static const char *
expected(const char *shown, struct received r)
{
	struct arena *mem = arena_open(1 << 16);
	struct text key, made;
	const char *kept;

	cr_assert(text_starts(text_of(shown), TEXT("whsec_")));
	cr_assert(text_from_base64(mem, text_of(shown + strlen("whsec_")), &key));
	made = webhook_signature(mem, key, text_of(r.id), atoll(r.timestamp), text_of(r.body));
	kept = kit_print("%.*s", TEXT_ARG(made));
	arena_close(&mem);
	return kept;
}

Test(webhook, an_event_arrives_signed_and_the_log_tells_of_it)
{
	struct kit_reply log;
	struct received r;

	settle(uuid_new());
	send();
	cr_assert_eq(receiver_count(), 1);
	r = receiver_got(0);
	cr_assert_str_eq(r.signature, expected(secret, r));
	cr_assert_str_eq(r.id, kit_print("msg_%s", state("id")));
	cr_assert_str_eq(kit_json_text(r.body, "type"), "payment.settled");
	cr_assert_eq(kit_json_i64(r.body, "data.amountKrw"), 50000);
	cr_assert_str_eq(kit_json_text(r.body, "id"), state("event_id"));
	cr_assert_str_eq(state("status || attempts"), "delivered1");
	log = ask("GET", kit_print("/deliveries/%s", state("id")));
	cr_assert_eq(kit_json_i64(log.body, "attempts.0.status"), 204);
	cr_assert_str_eq(kit_json_text(log.body, "body"), r.body);
	send();
	cr_assert_eq(receiver_count(), 1, "what was delivered is not sent again");
}

Test(webhook, only_what_an_endpoint_wants_is_told)
{
	struct uuid ours = uuid_new();

	cr_assert_eq(make(kit_print(",\"companyId\":\"%s\"", id_text(ours))).status, 201);
	settle(uuid_new());
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM webhook_delivery"), "1");
	settle(ours);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM webhook_delivery"), "3");
}

Test(webhook, a_failing_receiver_sees_the_schedule_and_then_nothing)
{
	static const int pauses_s[] = { 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400 };

	receiver_answers(500, "");
	settle(uuid_new());
	for (size_t i = 0; i < COUNT_OF(pauses_s); i++) {
		int64_t waits_s;

		send();
		cr_assert_eq(receiver_count(), (int)i + 1);
		cr_assert_str_eq(state("status"), "waiting");
		waits_s = atoll(kit_sql(k, "SELECT round(extract(epoch FROM d.next_at - a.at)) FROM webhook_delivery d "
		    "JOIN webhook_attempt a ON a.delivery_id = d.id AND a.number = d.attempts"));
		cr_assert(waits_s >= pauses_s[i] && waits_s <= pauses_s[i] * 11 / 10 + 1, "%lld", (long long)waits_s);
		send();
		cr_assert_eq(receiver_count(), (int)i + 1, "not before its time");
		kit_clock(k, pauses_s[i] * 11 / 10 + 2);
	}
	send();
	cr_assert_eq(receiver_count(), 10);
	cr_assert_str_eq(state("status || attempts"), "failed10");
}

Test(webhook, patience_that_is_asked_for_is_had)
{
	receiver_answers(503, "Retry-After: 120\r\n");
	settle(uuid_new());
	send();
	cr_assert_str_eq(kit_sql(k, "SELECT next_at >= at + interval '120 s' FROM webhook_delivery d "
	    "JOIN webhook_attempt a ON a.delivery_id = d.id"), "t");
	/* Nothing else goes to an overloaded receiver meanwhile either. */
	settle(uuid_new());
	send();
	cr_assert_eq(receiver_count(), 1);
	receiver_answers(204, "");
	kit_clock(k, 121);
	send();
	cr_assert_eq(receiver_count(), 2);
	cr_assert_str_eq(kit_sql(k, "SELECT failures || '' || (paused_until IS NULL) FROM webhook"), "0true");
}

Test(webhook, a_receiver_that_is_gone_is_disabled_until_an_operator_says_otherwise)
{
	struct kit_reply there;

	receiver_answers(410, "");
	settle(uuid_new());
	send();
	cr_assert_str_eq(state("status"), "dropped");
	there = ask("GET", "");
	cr_assert_str_eq(kit_json_text(there.body, "disabledReason"), "gone");
	settle(uuid_new());
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM webhook_delivery"), "1");
	cr_assert_str_eq(ask("POST", "/test").slug, "webhook.disabled");
	cr_assert_eq(kit_call(k, kit_print("PATCH /api/webhooks/%s", webhook), "{\"status\":\"enabled\"}",
	    kit_print("If-Match: %s", kit_header(&there, "ETag"))).status, 200);
	receiver_answers(204, "");
	settle(uuid_new());
	send();
	cr_assert_eq(receiver_count(), 2);
}

Test(webhook, a_redirect_is_a_failure_and_not_followed)
{
	receiver_answers(302, "Location: /elsewhere\r\n");
	settle(uuid_new());
	send();
	cr_assert_eq(receiver_count(), 1);
	cr_assert_str_eq(state("status || last_status"), "waiting302");
}

Test(webhook, for_a_day_after_a_rotation_both_secrets_sign)
{
	struct kit_reply rotated = ask("POST", "/secret");
	const char *fresh = kit_json_text(rotated.body, "secret");
	struct received r;

	cr_assert_eq(rotated.status, 201, "%s", rotated.body);
	settle(uuid_new());
	send();
	r = receiver_got(0);
	cr_assert_str_eq(r.signature, kit_print("%s %s", expected(fresh, r), expected(secret, r)));
	kit_clock(k, 24 * 3600 + 1);
	settle(uuid_new());
	send();
	r = receiver_got(1);
	cr_assert_str_eq(r.signature, expected(fresh, r));
}

static const struct err *
reseal(struct req *rq, void *arg)
{
	char words[][9] = { "webhooks", "reseal" }, *argv[] = { words[0], words[1], NULL };

	(void)arg;
	return command_webhooks(rq, 2, argv);
}

/* The bytes in the table are others, the secrets in them, the old one too, are the same. */
Test(webhook, secrets_that_were_sealed_anew_sign_as_before)
{
	const char *sealed = "SELECT string_agg(encode(secret || old_secret, 'hex'), '') FROM webhook", *fresh, *before;
	struct received r;

	fresh = kit_json_text(ask("POST", "/secret").body, "secret");
	before = kit_sql(k, "%s", sealed);
	cr_assert_null(kit_part(k, TX_NONE, reseal, NULL));
	cr_assert_str_neq(kit_sql(k, "%s", sealed), before);
	settle(uuid_new());
	send();
	r = receiver_got(0);
	cr_assert_str_eq(r.signature, kit_print("%s %s", expected(fresh, r), expected(secret, r)));
}

Test(webhook, a_ping_can_be_asked_for)
{
	struct kit_reply ping = ask("POST", "/test");

	cr_assert_eq(ping.status, 202, "%s", ping.body);
	send();
	cr_assert_str_eq(kit_json_text(receiver_got(0).body, "type"), "webhook.test");
	cr_assert_str_eq(receiver_got(0).signature, expected(secret, receiver_got(0)));
}

Test(webhook, one_delivery_is_sent_again_under_the_same_id)
{
	struct kit_reply again;

	settle(uuid_new());
	cr_assert_str_eq(ask("POST", kit_print("/deliveries/%s/replay", state("id"))).slug, "webhook.still_waiting");
	send();
	again = ask("POST", kit_print("/deliveries/%s/replay", state("id")));
	cr_assert_eq(again.status, 202, "%s", again.body);
	send();
	cr_assert_eq(receiver_count(), 2);
	cr_assert_str_eq(receiver_got(0).id, receiver_got(1).id);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM jobs WHERE kind = 'webhook_send'"), "2");
	cr_assert_str_eq(state("status || attempts"), "delivered2");
}

/* The old round's job may still be about when the new one is put. */
Test(webhook, a_job_of_an_earlier_round_does_nothing)
{
	const char *first;

	settle(uuid_new());
	first = kit_sql(k, "SELECT id || '.' || round FROM webhook_delivery");
	send();
	cr_assert_eq(ask("POST", kit_print("/deliveries/%s/replay", state("id"))).status, 202);
	cr_assert_null(kit_job(k, "webhook_send", first, ""));
	cr_assert_eq(receiver_count(), 1);
}

static void
replay(const char *json)
{
	struct kit_reply r = kit_call(k, kit_print("POST /api/webhooks/%s/replays", webhook), json);

	cr_assert_eq(r.status, 202, "%s", r.body);
	cr_assert_null(kit_job(k, "webhook_replay", kit_json_text(r.body, "id"), ""));
}

Test(webhook, a_stretch_of_time_is_sent_again)
{
	struct kit_reply list;

	for (int i = 0; i < 3; i++)
		settle(uuid_new());
	kit_sql(k, "UPDATE webhook_delivery SET status = 'failed', next_at = NULL, settled_at = created_at");
	kit_sql(k, "UPDATE webhook_delivery SET status = 'delivered' "
	    "WHERE id = (SELECT min(id::text)::uuid FROM webhook_delivery)");
	replay("{\"from\":\"2020-01-01T00:00:00Z\",\"until\":\"2100-01-01T00:00:00Z\"}");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM webhook_delivery WHERE status = 'waiting' AND round = 2"), "2");
	replay("{\"from\":\"2020-01-01T00:00:00Z\",\"until\":\"2100-01-01T00:00:00Z\",\"failedOnly\":false}");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM webhook_delivery WHERE status = 'waiting' AND round = 2"), "3");
	replay("{\"from\":\"2020-01-01T00:00:00Z\",\"until\":\"2021-01-01T00:00:00Z\",\"failedOnly\":false}");
	list = ask("GET", "/replays");
	cr_assert_eq(kit_json_length(list.body, "items"), 3);
	cr_assert_eq(kit_json_i64(list.body, "items.0.replayed"), 0);
	cr_assert_eq(kit_json_i64(list.body, "items.1.replayed"), 1);
	cr_assert_eq(kit_json_i64(list.body, "items.2.replayed"), 2);
	cr_assert_not_null(kit_json_text(list.body, "items.2.doneAt"));
}

Test(webhook, a_long_stretch_is_replayed_in_batches_each_delivery_once)
{
	struct kit_reply r;

	kit_sql(k, "INSERT INTO webhook_delivery (id, webhook_id, event_id, type, occurred_at, body, status, created_at, "
	    "settled_at) SELECT gen_random_uuid(), '%s', gen_random_uuid(), 'payment.settled', t, '{}', 'failed', t, t "
	    "FROM (SELECT timestamptz '2026-01-01' + (i / 7) * interval '1 s' AS t FROM generate_series(1, 1200) i) x", webhook);
	r = kit_call(k, kit_print("POST /api/webhooks/%s/replays", webhook),
	    "{\"from\":\"2026-01-01T00:00:00Z\",\"until\":\"2026-02-01T00:00:00Z\"}");
	for (int i = 0; i < 3; i++)
		cr_assert_null(kit_job(k, "webhook_replay", kit_json_text(r.body, "id"), ""));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM webhook_delivery WHERE status = 'waiting' AND round = 2"), "1200");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM jobs WHERE kind = 'webhook_send'"), "1200");
	cr_assert_str_eq(kit_sql(k, "SELECT replayed || ' ' || (done_at IS NOT NULL) FROM webhook_replay"), "1200 true");
}

Test(webhook, a_deleted_endpoint_gets_nothing_more)
{
	settle(uuid_new());
	cr_assert_eq(ask("DELETE", "").status, 204);
	send();
	cr_assert_eq(receiver_count(), 0);
	cr_assert_str_eq(state("status"), "dropped");
	cr_assert_str_eq(ask("GET", "").slug, "webhook.not_found");
	cr_assert_str_eq(ask("GET", "/deliveries").slug, "webhook.not_found");
	kit_clock(k, 31 * 24 * 3600);
	cr_assert_null(kit_job(k, "webhook_reap", "2026-01-01", ""));
	cr_assert_str_eq(kit_sql(k, "SELECT (SELECT count(*) FROM webhook_delivery) + (SELECT count(*) FROM webhook)"), "0");
}

Test(webhook, two_people_do_not_overwrite_each_other)
{
	const char *path = kit_print("PATCH /api/webhooks/%s", webhook);

	cr_assert_eq(kit_call(k, path, "{\"description\":\"a\"}").status, 428);
	cr_assert_eq(kit_call(k, path, "{\"description\":\"a\"}", "If-Match: \"v1\"").status, 200);
	cr_assert_eq(kit_call(k, path, "{\"description\":\"b\"}", "If-Match: \"v1\"").status, 412);
	cr_assert_eq(kit_call(k, path, "{\"types\":[\"payment.failed\"]}", "If-Match: \"v2\"").status, 200);
	cr_assert_str_eq(kit_sql(k, "SELECT description || types[1] FROM webhook"), "apayment.failed");
}

Test(webhook, what_cannot_be_an_endpoint_is_refused_field_by_field)
{
	struct kit_reply r = kit_call(k, "POST /api/webhooks", "{\"url\":\"ftp://x\",\"types\":[]}");

	cr_assert_eq(r.status, 400);
	cr_assert_eq(kit_json_length(r.body, "errors"), 2, "%s", r.body);
	r = kit_call(k, "POST /api/webhooks",
	    "{\"url\":\"https://x.example\",\"types\":[\"payment.settled\",\"session.revoked\"]}");
	cr_assert_str_eq(kit_json_text(r.body, "errors.0.pointer"), "/types/1");
}

Test(webhook, staff_may_not_touch_them)
{
	kit_as_user(k, uuid_new(), uuid_new(), UINT64_MAX);
	cr_assert_eq(make("").status, 403);
	cr_assert_eq(ask("GET", "").status, 403);
	cr_assert_eq(ask("POST", "/secret").status, 403);
}
