/* Who is told of what needs a person: every operator, each once; and the user whose password changed. */
#include <criterion/criterion.h>
#include <pthread.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "tests/integration/notification/world.h"

static struct kit *k;
static const struct uuid nobody;

static void
open_world(void)
{
	k = world_open();
}

TestSuite(notification_operators, .init = open_world, .fini = world_close, .timeout = 120);

static struct uuid
new_operator(void)
{
	struct operator_added_v1 added = { .user_id = uuid_new(), .added_at = clock_now_us() };

	for (int i = 0; i < 2; i++)
		cr_assert_null(kit_hear(k, &operator_added_v1_event, nobody, &added));
	return added.user_id;
}

static struct sms_capped_v1
capped(const char *scope)
{
	return (struct sms_capped_v1){ .scope = text_of(scope), .limit = 3000, .capped_at = clock_now_us() };
}

static struct payment_alarmed_v1
alarmed(void)
{
	return (struct payment_alarmed_v1){ .alarm_id = uuid_new(), .code = TEXT("late_capture"),
		.order_id = TEXT("prod-seoul1-AZJvAAAAcACAAAAAAAAAEA"), .amount_krw = 50000, .raised_at = clock_now_us() };
}

Test(notification_operators, every_operator_is_told_once_and_reads_it)
{
	struct sms_capped_v1 cap = capped("day");
	struct payment_alarmed_v1 payment = alarmed();
	struct kit_reply reply;

	new_operator();
	new_operator();
	for (int i = 0; i < 2; i++) {
		cr_assert_null(kit_hear(k, &sms_capped_v1_event, nobody, &cap));
		cr_assert_null(kit_hear(k, &payment_alarmed_v1_event, nobody, &payment));
	}
	cr_assert_str_eq(kit_sql(k, "SELECT count(*), count(DISTINCT user_id), max(number) FROM alarm"), "4|2|2");
	cr_assert_str_eq(kit_sql(k, "SELECT DISTINCT kind, message FROM alarm ORDER BY kind"),
	    "120|오늘 문자 발송 한도(3,000건)에 도달했습니다.\n"
	    "121|결제를 확인해 주세요: late_capture, 주문 prod-seoul1-AZJvAAAAcACAAAAAAAAAEA, 50,000원");
	kit_as_operator(k);
	reply = kit_call(k, "GET /api/alarms", NULL);
	cr_assert_eq(reply.status, 200, "%s", reply.body);
	cr_assert_eq(kit_call(k, "GET /api/alarm-switches", NULL).status, 403, "those are for people with a company");
}

Test(notification_operators, nobody_there_is_nobody_told)
{
	struct sms_capped_v1 cap = capped("ip");

	cr_assert_null(kit_hear(k, &sms_capped_v1_event, nobody, &cap));
	new_operator();
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM alarm"), "0");
	cap = capped("phone");
	cr_assert_null(kit_hear(k, &sms_capped_v1_event, nobody, &cap));
	cr_assert_str_eq(kit_sql(k, "SELECT message, params->>'scope', path IS NULL FROM alarm"),
	    "한 번호의 문자 발송 한도(3,000건)에 도달했습니다.|phone|t");
}

enum { OPERATORS = 7, FACTS = 10, HEARERS = 4 };

static void *
hear_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < FACTS; i++) {
		struct payment_alarmed_v1 payment = alarmed();

		kit_until(20000, kit_hear(k, &payment_alarmed_v1_event, nobody, &payment) == NULL);
	}
	return NULL;
}

/* All lock the operators' counters in one order. */
Test(notification_operators, many_facts_at_once_reach_all_without_a_hole)
{
	pthread_t threads[HEARERS];

	for (int i = 0; i < OPERATORS; i++)
		new_operator();
	for (int i = 0; i < HEARERS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, hear_many, NULL), 0);
	for (int i = 0; i < HEARERS; i++)
		cr_assert_eq(pthread_join(threads[i], NULL), 0);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*), min(n), max(n) FROM (SELECT count(*) AS n, max(number) AS m FROM alarm "
	    "GROUP BY user_id) u WHERE n = m"), kit_print("%d|%d|%d", OPERATORS, HEARERS * FACTS, HEARERS * FACTS));
}

Test(notification_operators, more_than_a_page_of_operators_is_told)
{
	struct payment_alarmed_v1 payment = alarmed();

	kit_sql(k, "INSERT INTO operator SELECT gen_random_uuid(), timestamptz '2026-01-01' FROM generate_series(1, 250)");
	cr_assert_null(kit_hear(k, &payment_alarmed_v1_event, nobody, &payment));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*), count(DISTINCT user_id) FROM alarm"), "250|250");
}

Test(notification_operators, who_changed_the_password_is_told_each_time)
{
	struct person who = somebody();
	struct password_changed_v1 changed = { .user_id = who.user, .has_company_id = true, .company_id = who.company,
		.phone = TEXT("01000000001"), .changed_at = clock_now_us() };

	for (int i = 0; i < 2; i++)
		cr_assert_null(kit_hear(k, &password_changed_v1_event, who.company, &changed));
	cr_assert_str_eq(kit_sql(k, "SELECT kind, message FROM alarm"),
	    "110|비밀번호가 변경되었습니다. 본인이 변경하지 않았다면 바로 비밀번호를 재설정해 주세요.");
	changed.changed_at++;
	changed.has_company_id = false;
	changed.company_id = nobody;
	cr_assert_null(kit_hear(k, &password_changed_v1_event, nobody, &changed));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM alarm"), "2");
}
