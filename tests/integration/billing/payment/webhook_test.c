/* The webhook of Toss: a hint that is believed in nothing and always answered 200. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/buf.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "tests/integration/billing/till.h"

enum { COPIES = 100 };

TestSuite(webhook, .init = till_open, .fini = till_close, .timeout = 120);

static const char *
changed(const char *order_id, const char *status)
{
	return kit_print("{\"eventType\":\"PAYMENT_STATUS_CHANGED\",\"createdAt\":\"2026-01-02T03:04:05.000000\",\"data\":{"
	    "\"paymentKey\":\"forged\",\"orderId\":\"%s\",\"status\":\"%s\",\"totalAmount\":1}}", order_id, status);
}

static void
taken(const char *body)
{
	struct kit_reply r = tell(body);

	cr_expect_eq(r.status, 200, "%d %s to %s", r.status, r.body, body);
}

static const char *
state(const struct intent *in)
{
	return state_of(in);
}

Test(webhook, a_forged_one_settles_nothing)
{
	struct intent in = agreed(50000, "success");

	taken(changed(in.order_id, "DONE"));
	janitor();
	cr_assert_str_eq(state(&in), "created|");
	cr_assert(kit_no_event(k));
	cr_assert_eq(calls("toss.confirm"), 0);
	taken(changed(in.order_id, "ABORTED"));
	janitor();
	cr_assert_str_eq(state(&in), "created|");
	cr_assert_eq(confirm(&in).status, 200);
}

Test(webhook, a_hundred_copies_make_one_look_and_one_settlement)
{
	struct intent in = agreed(50000, "success");

	sandbox("PUT", "/sandbox/switches", "{\"toss.confirm\":{\"mode\":\"timeout_after\",\"delay_ms\":700,\"times\":1}}");
	cr_assert_eq(confirm(&in).status, 504);
	for (int i = 0; i < COPIES; i++)
		taken(changed(in.order_id, "DONE"));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM jobs WHERE kind = 'payment_hint'"), "1");
	janitor();
	cr_assert_str_eq(state(&in), "paid|");
	for (int i = 0; i < COPIES; i++)
		taken(changed(in.order_id, i % 2 == 0 ? "DONE" : "CANCELED"));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM jobs WHERE kind = 'payment_hint'"), "0");
	janitor();
	cr_assert_eq(calls("toss.get"), 1);
	(void)kit_event(k, &payment_settled_v1_event);
	cr_assert(kit_no_event(k));
	cr_assert_str_eq(state(&in), "paid|");
}

/* How often this process has counted such a webhook. */
static int64_t
counted(const char *outcome)
{
	int64_t n = kit_metric(kit_print("dure_payment_hints_total{outcome=\"%s\"}", outcome));

	return n < 0 ? 0 : n;
}

static void
taken_as(const char *transmission, const char *body)
{
	kit_as_nobody(k);
	cr_assert_eq(kit_call(k, "POST /api/payments/webhooks/toss", body,
	    kit_print("tosspayments-webhook-transmission-id: %s", transmission)).status, 200);
}

Test(webhook, one_that_the_provider_contradicts_is_counted_as_forged)
{
	struct intent in = agreed(50000, "success");

	taken(changed(in.order_id, "DONE"));
	cr_assert_eq(counted("followed"), 1);
	cr_assert_eq(counted("forged"), 0);
	janitor();
	cr_assert_eq(counted("forged"), 1);
	state_is(&in, "created|");
	kit_clock(k, 11);
	taken(kit_print("{\"data\":{\"paymentKey\":\"%s\",\"orderId\":\"%s\",\"totalAmount\":50000}}", in.key, in.order_id));
	janitor();
	cr_assert_eq(counted("forged"), 1);
}

Test(webhook, a_transmission_is_followed_once)
{
	struct intent in = agreed(50000, "success");

	taken_as("t-1", changed(in.order_id, "DONE"));
	janitor();
	kit_clock(k, 60);
	for (int i = 0; i < COPIES; i++)
		taken_as("t-1", changed(in.order_id, "DONE"));
	janitor();
	cr_assert_eq(calls("toss.get"), 1);
	cr_assert_eq(counted("repeated"), COPIES);
	taken_as("t-2", changed(in.order_id, "DONE"));
	janitor();
	cr_assert_eq(calls("toss.get"), 2);
}

Test(webhook, reads_of_one_payment_keep_a_distance)
{
	struct intent in = agreed(50000, "success");

	for (int i = 0; i < COPIES; i++) {
		taken_as(kit_print("t-%d", i), changed(in.order_id, "DONE"));
		janitor();
	}
	cr_assert_eq(calls("toss.get"), 1);
	kit_clock(k, 11);
	janitor();
	cr_assert_eq(calls("toss.get"), 2);
}

Test(webhook, reads_in_all_are_bounded_per_minute)
{
	struct intent in = agreed(50000, "success");

	kit_sql(k, "UPDATE hint_budget SET n = 600, minute = %lld", (long long)(clock_now_us() / 60000000));
	taken(changed(in.order_id, "DONE"));
	janitor();
	cr_assert_eq(counted("limited"), 1);
	cr_assert_eq(calls("toss.get"), 0);
	kit_clock(k, 60);
	taken(changed(in.order_id, "DONE"));
	janitor();
	cr_assert_eq(calls("toss.get"), 1);
}

Test(webhook, ids_of_old_transmissions_are_forgotten)
{
	struct intent in = agreed(50000, "success");

	taken_as("t-1", changed(in.order_id, "DONE"));
	cr_assert_null(kit_job(k, "hint_reap", "2026-01-01", ""));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM payment_hint"), "1");
	kit_clock(k, 31 * 86400);
	cr_assert_null(kit_job(k, "hint_reap", "2026-01-01", ""));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM payment_hint"), "0");
	janitor();
	(void)kit_event(k, &payment_failed_v1_event);
}

Test(webhook, the_flat_one_of_a_deposit_is_followed)
{
	struct intent in = agreed(50000, "vbank");

	cr_assert_eq(confirm(&in).status, 200);
	sandbox("POST", "/sandbox/toss/deposit", kit_print("{\"orderId\":\"%s\"}", in.order_id));
	taken(kit_print("{\"createdAt\":\"2026-01-02T03:04:05.000000\",\"secret\":\"ps_1\",\"status\":\"DONE\","
	    "\"transactionKey\":\"9FF15E1A29D0E77C218F57262BFA4986\",\"orderId\":\"%s\"}", in.order_id));
	janitor();
	cr_assert_str_eq(state(&in), "paid|");
}

Test(webhook, an_order_of_nobody_is_not_asked_for)
{
	const char *before = till_digest();

	taken(changed("prod-seoul1-AAAAAAAAAAAAAAAAAAAAAA", "DONE"));
	taken(changed("dev-local-AAAAAAAAAAAAAAAAAAAAAA", "DONE"));
	taken(changed("", "DONE"));
	taken(changed("'; DROP TABLE payment; --", "DONE"));
	cr_assert_str_eq(till_digest(), before);
	cr_assert_eq(calls("toss.get"), 0);
}

Test(webhook, what_is_malformed_is_answered_200_and_forgotten)
{
	static const char *const bodies[] = { "", "{", "[]", "null", "7", "{}", "{\"eventType\":\"x\"}", "{\"data\":null}",
		"{\"data\":{}}", "{\"data\":{\"orderId\":7}}", "{\"data\":{\"orderId\":{}}}", "{\"data\":[{\"orderId\":\"a\"}]}",
		"{\"data\":{\"orderId\":\"\xff\"}}", "{\"data\":{\"orderId\":\"a\\u0000b\"}}", "{\"orderId\":[]}", "<xml/>" };
	const char *before = till_digest(), *deep = "1";

	for (size_t i = 0; i < COUNT_OF(bodies); i++)
		taken(bodies[i]);
	for (int i = 0; i < 64; i++)
		deep = kit_print("{\"data\":%s}", deep);
	taken(deep);
	taken(changed("0123456789012345678901234567890123456789012345678901234567890123456789", "DONE"));
	cr_assert_str_eq(till_digest(), before);
}

Test(webhook, a_real_one_of_the_sandbox_has_a_shape_we_read)
{
	struct intent in = agreed(50000, "success");

	sandbox("PUT", "/sandbox/switches", "{\"toss.confirm\":{\"mode\":\"garbage_after\",\"times\":1}}");
	cr_assert_eq(confirm(&in).status, 504);
	taken(kit_print("{\"eventType\":\"PAYMENT_STATUS_CHANGED\",\"createdAt\":\"2026-01-02T03:04:05.000000\",\"data\":%s}",
	    kit_http(NULL, "GET", kit_print("%s/v1/payments/orders/%s", getenv("DURE_TOSS_BASE_URL"), in.order_id), NULL,
	    "Authorization: Basic dGVzdF9za19zYW5kYm94Og==").body));
	janitor();
	cr_assert_str_eq(state(&in), "paid|");
}
