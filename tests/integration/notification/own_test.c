/* What a user does with own alarms: read, unread, delete, "remind me later", switches. Nobody else's. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/notification/notification_events.gen.h"
#include "tests/integration/notification/world.h"

static struct kit *k;

static void
open_world(void)
{
	k = world_open();
}

TestSuite(notification_own, .init = open_world, .fini = world_close, .timeout = 120);

/* Somebody with n alarms, signed in. */
static struct person
owner_of(int n)
{
	struct person who = somebody();

	place_orders(k, who, n);
	kit_as_user(k, who.user, who.company, 0);
	return who;
}

static const char *
alarm_id(int number)
{
	return kit_sql(k, "SELECT id FROM alarm WHERE number = %d ORDER BY created_at LIMIT 1", number);
}

static struct kit_reply
call(const char *method, const char *id, const char *rest, const char *json)
{
	return kit_call(k, kit_print("%s /api/alarms/%s%s", method, id, rest), json);
}

static int64_t
unread(void)
{
	return kit_json_i64(kit_call(k, "GET /api/alarms", NULL).body, "unread");
}

Test(notification_own, one_is_read_and_unread_again)
{
	struct kit_reply reply;
	const char *id;

	owner_of(3);
	id = alarm_id(2);
	cr_assert_str_eq(kit_json_text(call("GET", id, "", NULL).body, "confirm"), "false");
	cr_assert_eq(unread(), 3, "looking at it does not confirm it");
	reply = call("PATCH", id, "", "{\"confirm\":true}");
	cr_assert_eq(reply.status, 200, "%s", reply.body);
	cr_assert_str_eq(kit_json_text(reply.body, "confirm"), "true");
	cr_assert_eq(unread(), 2);
	call("PATCH", id, "", "{\"confirm\":false}");
	cr_assert_eq(unread(), 3);
}

Test(notification_own, all_are_read_or_those_that_were_seen)
{
	struct person who = owner_of(5);
	struct kit_reply reply;

	reply = kit_call(k, "PATCH /api/alarms", "{\"confirm\":true,\"upToNumber\":3}");
	cr_assert_str_eq(reply.body, "{\"changed\":3}");
	cr_assert_eq(unread(), 2);
	place_orders(k, somebody(), 1);
	cr_assert_str_eq(kit_call(k, "PATCH /api/alarms", "{\"confirm\":true}").body, "{\"changed\":2}");
	cr_assert_eq(unread(), 0);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM alarm WHERE NOT confirm"), "1", "somebody else's stays");
	place_orders(k, who, 1);
	cr_assert_eq(unread(), 1);
}

/* A caller is one thread's. */
static struct person reader;

static void *
confirm_all(void *arg)
{
	kit_as_user(k, reader.user, reader.company, 0);
	for (int i = 0; i < 20; i++) {
		struct kit_reply reply =
		    kit_call(k, "PATCH /api/alarms", i % 2 == 0 ? "{\"confirm\":true}" : "{\"confirm\":false}");

		if (reply.status != 200)
			*(bool *)arg = true;
	}
	return NULL;
}

Test(notification_own, two_windows_that_read_all_at_once_do_not_cross)
{
	pthread_t threads[4];
	bool failed[4] = { false };

	reader = owner_of(50);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, confirm_all, &failed[i]), 0);
	for (int i = 0; i < 4; i++) {
		cr_assert_eq(pthread_join(threads[i], NULL), 0);
		cr_assert_not(failed[i]);
	}
}

Test(notification_own, a_deleted_one_is_gone_and_its_number_is_not_given_again)
{
	struct person who = owner_of(2);
	const char *id = alarm_id(2);

	cr_assert_eq(call("DELETE", id, "", NULL).status, 204);
	cr_assert_eq(call("DELETE", id, "", NULL).status, 404);
	cr_assert_eq(call("GET", id, "", NULL).status, 404);
	place_orders(k, who, 1);
	cr_assert_str_eq(kit_sql(k, "SELECT string_agg(number::text, ',' ORDER BY number) FROM alarm"), "1,3");
}

static const char *
at(int64_t seconds)
{
	char time[TIME_CHARS + 1];

	time_print(clock_now_us() + seconds * 1000000, time);
	return kit_print("{\"at\":\"%s\"}", time);
}

Test(notification_own, an_alarm_of_somebody_else_is_none)
{
	struct person other = somebody();
	const char *id;

	owner_of(1);
	id = alarm_id(1);
	kit_as_user(k, other.user, other.company, 0);
	cr_assert_eq(call("GET", id, "", NULL).status, 404);
	cr_assert_str_eq(call("PATCH", id, "", "{\"confirm\":true}").slug, "alarm.unknown");
	cr_assert_eq(call("DELETE", id, "", NULL).status, 404);
	cr_assert_eq(call("POST", id, "/remind", at(60)).status, 404);
	cr_assert_eq(call("DELETE", id, "/remind", NULL).status, 404);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*), bool_or(confirm), count(remind_at) FROM alarm"), "1|f|0");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM jobs WHERE kind = 'alarm_remind'"), "0");
	kit_as_customer(k, other.user, other.company);
	cr_assert_eq(kit_call(k, "GET /api/alarms", NULL).status, 403);
	kit_as_nobody(k);
	cr_assert_eq(call("DELETE", id, "", NULL).status, 401);
}

/* ---- remind me later */

static const char *
reminder(void)
{
	return kit_sql(k, "SELECT key FROM jobs WHERE kind = 'alarm_remind'");
}

static const char *
remind_job(const char *key)
{
	return kit_job(k, "alarm_remind", key, "");
}

Test(notification_own, a_reminder_comes_as_a_new_alarm_that_says_the_same)
{
	const struct alarm_added_v1 *added;
	struct kit_reply reply;
	const char *key;

	owner_of(1);
	(void)kit_event(k, &alarm_added_v1_event);
	reply = call("POST", alarm_id(1), "/remind", at(1800));
	cr_assert_eq(reply.status, 200, "%s", reply.body);
	cr_assert_not_null(kit_json_text(reply.body, "remindAt"));
	cr_assert_str_eq(kit_json_text(reply.body, "confirm"), "true");
	cr_assert_eq(unread(), 0, "until it comes again it is read");
	key = reminder();
	cr_assert_str_eq(kit_sql(k, "SELECT round(extract(epoch FROM due_at - remind_at)) FROM jobs, alarm "
	    "WHERE jobs.kind = 'alarm_remind'"), "0");
	cr_assert_null(remind_job(key));
	added = kit_event(k, &alarm_added_v1_event);
	cr_assert_eq(added->number, 2);
	cr_assert_eq(added->kind, 100);
	cr_assert(text_is(added->message, "두레 머그컵 주문이 접수되었습니다."));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM alarm a JOIN alarm b ON a.number = 1 AND b.number = 2 "
	    "WHERE a.path = b.path AND a.params = b.params AND a.remind_at IS NULL AND NOT b.confirm"), "1");
	cr_assert_null(remind_job(key), "a job that runs twice");
	cr_assert(kit_no_event(k));
}

Test(notification_own, another_time_takes_the_place_of_the_first_and_a_cancel_ends_it)
{
	const char *id, *first, *second;

	owner_of(1);
	(void)kit_event(k, &alarm_added_v1_event);
	id = alarm_id(1);
	call("POST", id, "/remind", at(600));
	first = reminder();
	call("POST", id, "/remind", at(3600));
	second = reminder();
	cr_assert_str_neq(first, second);
	cr_assert_null(remind_job(first), "the job of the first was in hand already");
	cr_assert(kit_no_event(k));
	cr_assert_eq(call("DELETE", id, "/remind", NULL).status, 204);
	cr_assert_eq(call("DELETE", id, "/remind", NULL).status, 204);
	cr_assert_null(remind_job(second));
	cr_assert(kit_no_event(k));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM jobs WHERE kind = 'alarm_remind'"), "0");
	call("POST", id, "/remind", at(600));
	second = reminder();
	cr_assert_eq(call("DELETE", id, "", NULL).status, 204);
	cr_assert_null(remind_job(second));
	cr_assert(kit_no_event(k), "a deleted alarm does not come again");
}

Test(notification_own, a_reminder_lies_ahead_and_not_too_far)
{
	static const int64_t bad[] = { -1, 0, 14 * 86400 + 60 };
	const char *id;

	owner_of(1);
	id = alarm_id(1);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_assert_str_eq(call("POST", id, "/remind", at(bad[i])).slug, "alarm.remind_time");
	cr_assert_eq(call("POST", id, "/remind", "{\"at\":\"tomorrow\"}").status, 400);
	cr_assert_eq(call("POST", id, "/remind", "{}").status, 400);
	cr_assert_eq(call("POST", id, "/remind", at(14 * 86400 - 60)).status, 200);
}

Test(notification_own, what_will_come_again_outlives_its_two_weeks)
{
	struct person who = owner_of(2);

	kit_clock(k, 13 * 86400);
	cr_assert_eq(call("POST", alarm_id(1), "/remind", at(5 * 86400)).status, 200);
	kit_clock(k, 2 * 86400);
	cr_assert_null(kit_job(k, "alarm_reap", "2026-01-15", ""));
	cr_assert_str_eq(kit_sql(k, "SELECT string_agg(number::text, ',') FROM alarm"), "1");
	cr_assert_null(remind_job(reminder()));
	cr_assert_null(kit_job(k, "alarm_reap", "2026-01-18", ""));
	cr_assert_str_eq(kit_sql(k, "SELECT string_agg(number::text, ',') FROM alarm"), "3");
	place_orders(k, who, 1);
	kit_clock(k, -15 * 86400);
}

static const char *racing;

static void *
fire(void *arg)
{
	(void)arg;
	kit_until(20000, remind_job(racing) == NULL);
	return NULL;
}

Test(notification_own, two_workers_with_the_same_reminder_make_one_alarm)
{
	pthread_t threads[4];

	owner_of(1);
	call("POST", alarm_id(1), "/remind", at(600));
	racing = reminder();
	for (int i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, fire, NULL), 0);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(pthread_join(threads[i], NULL), 0);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*), max(number) FROM alarm"), "2|2");
}

/* ---- switches */

Test(notification_own, the_switches_have_defaults_and_change_one_by_one)
{
	static const char all[] = "{\"emailProductServiceAlarm\":true,\"emailPromotionAlarm\":true,"
	    "\"emailCustomerStatusAlarm\":true,\"emailAddConsultingAlarm\":true,\"kakaoProductServiceAlarm\":false,"
	    "\"kakaoPromotionAlarm\":false,\"kakaoCustomerStatusAlarm\":false,\"kakaoAddConsultingAlarm\":true}";
	struct kit_reply reply;
	struct person other;

	owner_of(0);
	cr_assert_str_eq(kit_call(k, "GET /api/alarm-switches", NULL).body, all);
	reply = kit_call(k, "PATCH /api/alarm-switches", "{\"emailPromotionAlarm\":false}");
	cr_assert_eq(reply.status, 200, "%s", reply.body);
	cr_assert_str_eq(kit_json_text(reply.body, "emailPromotionAlarm"), "false");
	reply = kit_call(k, "PATCH /api/alarm-switches", "{\"kakaoPromotionAlarm\":true}");
	cr_assert_str_eq(kit_json_text(reply.body, "emailPromotionAlarm"), "false");
	cr_assert_str_eq(kit_json_text(reply.body, "kakaoPromotionAlarm"), "true");
	cr_assert_str_eq(kit_call(k, "PATCH /api/alarm-switches", "{}").body, reply.body);
	cr_assert_str_eq(kit_call(k, "GET /api/alarm-switches", NULL).body, reply.body);
	cr_assert_eq(kit_call(k, "PATCH /api/alarm-switches", "{\"loginAccess\":true}").status, 400);
	other = owner_of(0);
	cr_assert_str_eq(kit_call(k, "GET /api/alarm-switches", NULL).body, all);
	(void)other;
}
