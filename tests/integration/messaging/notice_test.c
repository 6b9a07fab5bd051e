/* KakaoTalk notices: what became of them, and the one text message that stands in. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "tests/integration/messaging/world.h"

TestSuite(notice, .init = world_open, .fini = world_close, .timeout = 120);

Test(notice, it_is_sent_with_its_template_and_delivered)
{
	struct uuid id = uuid_new();

	order_heard("01010000001", id);
	order_heard("01010000001", id);
	workers_start();
	status_becomes("01010000001", "sent");
	cr_assert_str_eq(last_sent("01010000001", "templateCode"), "orderPlaced");
	cr_assert(strstr(last_sent("01010000001", "content"), "외 2건") != NULL);
	kit_clock(k, 2);
	status_becomes("01010000001", "delivered|0000");
	kit_until(5000, *jobs_left() == '\0');
	cr_assert_eq(sent_to("01010000001", NULL), 1);
}

static const char *
message_id(const char *channel)
{
	return kit_sql(k, "SELECT id FROM message WHERE channel = '%s'", channel);
}

Test(notice, who_has_no_kakaotalk_gets_one_lms)
{
	order_heard("01010003018", uuid_new());
	workers_start();
	status_becomes("01010003018", "sent");
	kit_clock(k, 2);
	kit_until(10000, sent_to("01010003018", "lms") == 1);
	cr_assert(strstr(last_sent("01010003018", "content"), "주문번호: 20260102030405_0A1B2C3D4E5F6G7") != NULL);
	kit_clock(k, 2);
	status_becomes("01010003018", "delivered");
	kit_until(5000, *jobs_left() == '\0');
	cr_assert_str_eq(kit_sql(k, "SELECT a.status, a.result_code, a.fallback_id = l.id FROM message a, message l "
	    "WHERE a.channel = 'alimtalk' AND l.channel = 'lms'"), "fallback|3018|t");
	cr_assert_null(kit_job(k, "message_check", message_id("alimtalk"), ""), "a check that comes late");
	cr_assert_str_eq(jobs_left(), "");
	cr_assert_eq(sent_to("01010003018", NULL), 2);
}

static void *
check(void *id)
{
	const char *slug = kit_job(k, "message_check", id, "");

	if (slug != NULL)
		kit_fail("the check: %s", slug);
	return NULL;
}

/* Both have SENS's answer in hand when they go on. */
Test(notice, two_checks_at_once_make_one_lms)
{
	pthread_t threads[2];
	char *id;

	order_heard("01010003018", uuid_new());
	workers_start();
	status_becomes("01010003018", "sent");
	workers_stop();
	(void)kit_sql(k, "DELETE FROM jobs");
	kit_clock(k, 2);
	id = strdup(message_id("alimtalk"));
	kit_fault(k, "message.checked=hold");
	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, check, id), 0);
	kit_until(5000, calls_of("sens.alimtalk.get") == 2);
	kit_fault(k, "");
	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_join(threads[i], NULL), 0);
	cr_assert_str_eq(jobs_left(), "message_send|waiting");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM message WHERE channel = 'lms'"), "1");
	workers_start();
	kit_until(10000, sent_to("01010003018", "lms") == 1);
	kit_clock(k, 2);
	kit_until(10000, *jobs_left() == '\0');
	cr_assert_eq(sent_to("01010003018", NULL), 2);
	free(id);
}

Test(notice, a_wrong_number_is_a_failure_without_lms)
{
	order_heard("01010003008", uuid_new());
	workers_start();
	status_becomes("01010003008", "sent");
	kit_clock(k, 2);
	status_becomes("01010003008", "failed|3008");
	kit_until(5000, *jobs_left() == '\0');
	cr_assert_eq(sent_to("01010003008", NULL), 1);
}

static void
checks_become(int n)
{
	kit_until(10000, *kit_sql(k, "SELECT 1 FROM message WHERE checks = %d OR (%d = 4 AND status <> 'sent')", n, n) != '\0');
}

/* The check that was just made, at some moment since then, has put the next one so many seconds behind itself. */
static void
next_is_due(int wait_s, int64_t since_us)
{
	int64_t due_us = atoll(kit_sql(k,
	    "SELECT (extract(epoch FROM due_at) * 1000000)::bigint FROM jobs WHERE kind = 'message_check'"));
	int64_t least = due_us - clock_now_us(), most = due_us - since_us, wait_us = wait_s * INT64_C(1000000);

	cr_assert(least <= wait_us && wait_us <= most, "%d s is not within %lld and %lld us", wait_s, (long long)least,
	    (long long)most);
}

Test(notice, silence_is_asked_after_four_times_and_then_unknown_without_lms)
{
	static const int wait_s[] = { 1, 3, 10, 30 };

	switches("{\"alimtalk_result_delay_ms\":3600000}");
	order_heard("01010000001", uuid_new());
	workers_start();
	status_becomes("01010000001", "sent");
	for (size_t i = 0; i < COUNT_OF(wait_s); i++) {
		int64_t began = clock_now_us();

		if (i > 0)
			kit_throughout(200, calls_of("sens.alimtalk.get") == (int64_t)i);
		kit_clock(k, wait_s[i]);
		checks_become((int)i + 1);
		cr_assert_eq(calls_of("sens.alimtalk.get"), (int64_t)i + 1);
		if (i + 1 < COUNT_OF(wait_s))
			next_is_due(wait_s[i + 1], began + wait_s[i] * INT64_C(1000000));
	}
	status_becomes("01010000001", "unknown");
	kit_until(5000, *jobs_left() == '\0');
	cr_assert_eq(sent_to("01010000001", NULL), 1, "it may still arrive, so nothing stands in");
	kit_clock(k, 7200);
	cr_assert_null(kit_job(k, "message_check", message_id("alimtalk"), ""));
	cr_assert(strncmp(status_of("01010000001"), "unknown", 7) == 0, "what is settled stays");
}

Test(notice, a_template_that_does_not_fit_is_a_failure)
{
	switches("{\"alimtalk_templates_only\":1}");
	order_heard("01010000001", uuid_new());
	workers_start();
	status_becomes("01010000001", "failed|A003");
	kit_until(5000, *jobs_left() == '\0');
}

static void
shipping_heard(const char *status, struct uuid order)
{
	struct shipping_moved_v1 ev = { .order_id = order, .order_no = TEXT("20260102030405_0A1B2C3D4E5F6G7"),
		.user_id = uuid_new(),
		.company_id = uuid_new(), .status = text_of(status), .has_carrier = true, .carrier = TEXT("우체국"),
		.has_tracking_number = true, .tracking_number = TEXT("1234567890"), .first_product = TEXT("의자"),
		.recipient = TEXT("홍"),
		.phone = TEXT("01010000001"), .moved_at = clock_now_us() };

	cr_assert_null(kit_hear(k, &shipping_moved_v1_event, ev.company_id, &ev));
}

Test(notice, a_parcel_is_announced_once_when_it_leaves)
{
	static const char *const steps[] = { "preparing", "shipped", "shipped", "delivered" };
	struct uuid order = uuid_new();

	for (size_t i = 0; i < COUNT_OF(steps); i++)
		shipping_heard(steps[i], order);
	cr_assert_str_eq(kit_sql(k, "SELECT template FROM message"), "orderShipped");
	workers_start();
	status_becomes("01010000001", "sent");
	cr_assert(strstr(last_sent("01010000001", "content"), "운송장번호: 1234567890") != NULL);
	cr_assert_eq(sent_to("01010000001", NULL), 1);
}

Test(notice, what_an_operator_refunds_and_what_the_buyer_cancels_is_told_once_each)
{
	struct order_refunded_v1 refund = { .refund_id = uuid_new(), .order_id = uuid_new(), .order_no = TEXT("2026"),
		.user_id = uuid_new(), .company_id = uuid_new(), .status = TEXT("refunded"), .delta_krw = 9000,
		.cumulative_krw = 9000, .paid_krw = 9000, .balance_krw = 9000, .first_product = TEXT("의자"),
		.recipient = TEXT("홍"), .phone = TEXT("01010000001"), .refunded_at = clock_now_us() };
	struct order_cancelled_v1 cancelled = { .order_id = uuid_new(), .order_no = TEXT("2027"), .user_id = uuid_new(),
		.company_id = uuid_new(), .refund_id = uuid_new(), .refunded_krw = 5000, .first_product = TEXT("의자"),
		.recipient = TEXT("홍"), .phone = TEXT("01010000002"), .cancelled_at = clock_now_us() };

	for (int i = 0; i < 2; i++) {
		cr_assert_null(kit_hear(k, &order_refunded_v1_event, refund.company_id, &refund));
		cr_assert_null(kit_hear(k, &order_cancelled_v1_event, cancelled.company_id, &cancelled));
	}
	refund.status = TEXT("cancelled");
	refund.refund_id = cancelled.refund_id;
	cr_assert_null(kit_hear(k, &order_refunded_v1_event, refund.company_id, &refund));
	cr_assert_str_eq(kit_sql(k, "SELECT template FROM message ORDER BY template"), "orderCancelled\norderRefunded");
	workers_start();
	status_becomes("01010000001", "sent");
	status_becomes("01010000002", "sent");
	cr_assert(strstr(last_sent("01010000001", "content"), "환불: 9000포인트") != NULL);
	cr_assert(strstr(last_sent("01010000002", "content"), "주문번호: 2027") != NULL);
}

Test(notice, the_list_is_for_operators_and_masks_the_phone)
{
	struct kit_reply r;

	order_heard("01010000001", uuid_new());
	kit_as_user(k, uuid_new(), uuid_new(), UINT64_MAX);
	cr_assert_eq(kit_call(k, "GET /api/messages", NULL).status, 403);
	kit_as_operator(k);
	r = kit_call(k, "GET /api/messages?phone=01010000001", NULL);
	cr_assert_eq(r.status, 200);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.phone"), "010****0001");
	cr_assert_str_eq(kit_json_text(r.body, "items.0.status"), "queued");
	cr_assert_eq(kit_json_length(kit_call(k, "GET /api/messages?phone=01010000002", NULL).body, "items"), 0);
}
