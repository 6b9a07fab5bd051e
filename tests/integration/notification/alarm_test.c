/* Alarms on a real PostgreSQL: one per fact, numbered without a hole, listed by page, gone after two weeks. */
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

TestSuite(notification, .init = open_world, .fini = world_close, .timeout = 120);

static int64_t
count(const char *what)
{
	return atoll(kit_sql(k, "SELECT count(*) FROM %s", what));
}

static const char *
id_text(struct uuid id)
{
	char text[UUID_CHARS + 1];

	uuid_print(id, text);
	return kit_print("%s", text);
}

Test(notification, an_order_becomes_an_alarm_and_an_event)
{
	struct person who = somebody();
	struct order_placed_v1 order = order_of(who);
	const struct alarm_added_v1 *added;

	cr_assert_null(kit_hear(k, &order_placed_v1_event, who.company, &order));
	added = kit_event(k, &alarm_added_v1_event);
	cr_assert_eq(added->number, 1);
	cr_assert_eq(added->kind, 100);
	cr_assert(uuid_eq(added->user_id, who.user) && uuid_eq(added->company_id, who.company));
	cr_assert(text_is(added->message, "두레 머그컵 주문이 접수되었습니다."));
	cr_assert_str_eq(kit_print("%.*s", TEXT_ARG(added->path)), kit_print("/orders/%s", id_text(order.order_id)));
	cr_assert_str_eq(kit_sql(k, "SELECT params->>'orderNo' FROM alarm"), "20260102030405_0A1B2C3D4E5F6G7");
	cr_assert(kit_no_event(k));
}

Test(notification, a_parcel_is_told_of_at_every_state)
{
	static const char *const states[] = { "preparing", "shipped", "delivering", "delivered" };
	struct person who = somebody();
	struct uuid order = uuid_new();

	for (int i = 0; i < 4; i++) {
		struct shipping_moved_v1 moved = parcel_of(who, order, states[i]);
		const struct alarm_added_v1 *added;

		cr_assert_null(kit_hear(k, &shipping_moved_v1_event, who.company, &moved));
		added = kit_event(k, &alarm_added_v1_event);
		cr_assert_eq(added->kind, 101 + i);
		cr_assert_eq(added->number, 1 + i);
	}
	cr_assert_str_eq(kit_sql(k, "SELECT message FROM alarm WHERE kind = 102"),
	    "두레 머그컵 상품이 발송되었습니다. (CJ대한통운 123456789012)");
	cr_assert_str_eq(kit_sql(k, "SELECT params->>'trackingNumber' FROM alarm WHERE kind = 102"), "123456789012");
}

/* An operator's refund and the buyer's cancellation, each heard twice. */
Test(notification, what_is_given_back_is_told_once_and_by_one_alarm)
{
	struct person who = somebody();
	struct order_refunded_v1 refund = { .refund_id = uuid_new(), .order_id = uuid_new(), .order_no = TEXT("2026"),
		.user_id = who.user, .company_id = who.company, .status = TEXT("partially_refunded"), .delta_krw = 9000,
		.cumulative_krw = 9000, .paid_krw = 18000, .balance_krw = 41000, .first_product = TEXT("두레 머그컵"),
		.recipient = TEXT("김두레"), .phone = TEXT("01000000001"), .refunded_at = clock_now_us() };
	struct order_cancelled_v1 cancelled = { .order_id = uuid_new(), .order_no = TEXT("2026"), .user_id = who.user,
		.company_id = who.company, .refund_id = uuid_new(), .refunded_krw = 9000,
		.first_product = TEXT("두레 머그컵"), .recipient = TEXT("김두레"), .phone = TEXT("01000000001"),
		.cancelled_at = clock_now_us() };

	for (int i = 0; i < 2; i++)
		cr_assert_null(kit_hear(k, &order_refunded_v1_event, who.company, &refund));
	refund.status = TEXT("cancelled");
	refund.refund_id = cancelled.refund_id;
	for (int i = 0; i < 2; i++) {
		cr_assert_null(kit_hear(k, &order_refunded_v1_event, who.company, &refund));
		cr_assert_null(kit_hear(k, &order_cancelled_v1_event, who.company, &cancelled));
	}
	cr_assert_str_eq(kit_sql(k, "SELECT kind, message, params FROM alarm ORDER BY number"),
	    "106|두레 머그컵 주문의 9,000포인트가 환불되었습니다. (보유 41,000포인트)|{\"amountKrw\": 9000, \"balanceKrw\": 41000}\n"
	    "107|두레 머그컵 주문이 취소되어 9,000포인트를 돌려드렸습니다.|{\"orderNo\": \"2026\", \"product\": \"두레 머그컵\"}");
}

Test(notification, points_from_an_operator_points_that_expired_and_issued_coupons_are_told)
{
	struct person who = somebody();
	struct points_granted_v1 granted = { .grant_id = uuid_new(), .user_id = who.user, .company_id = who.company,
		.amount_krw = 1000, .balance_krw = 1000, .reason = TEXT("후기 감사"), .granted_by = uuid_new(),
		.granted_at = clock_now_us() };
	struct points_expired_v1 expired = { .entry_id = uuid_new(), .user_id = who.user, .company_id = who.company,
		.amount_krw = 1000, .expired_at = clock_now_us() };
	struct coupon_registered_v1 coupon = { .registered_coupon_id = uuid_new(), .coupon_id = uuid_new(),
		.name = TEXT("첫 주문 할인"), .user_id = who.user, .company_id = who.company, .claim = TEXT("open"),
		.valid_until = clock_now_us(), .registered_at = clock_now_us() };

	cr_assert_null(kit_hear(k, &points_granted_v1_event, who.company, &granted));
	cr_assert_null(kit_hear(k, &points_expired_v1_event, who.company, &expired));
	cr_assert_null(kit_hear(k, &coupon_registered_v1_event, who.company, &coupon));
	coupon.claim = TEXT("operator");
	cr_assert_null(kit_hear(k, &coupon_registered_v1_event, who.company, &coupon));
	cr_assert_str_eq(kit_sql(k, "SELECT kind, path FROM alarm ORDER BY number"), "108|/points\n109|/points\n111|/coupons");
}

Test(notification, credited_points_are_told_with_the_balance)
{
	struct person who = somebody();
	struct points_credited_v1 credited = { .user_id = who.user, .company_id = who.company, .source_id = uuid_new(),
		.amount_krw = 50000, .balance_krw = 51000, .credited_at = clock_now_us() };

	cr_assert_null(kit_hear(k, &points_credited_v1_event, who.company, &credited));
	cr_assert_str_eq(kit_sql(k, "SELECT kind, message, path, params->>'balanceKrw' FROM alarm"),
	    "105|50,000포인트가 적립되었습니다. (보유 51,000포인트)|/points|51000");
}

Test(notification, an_event_heard_again_makes_no_second_alarm_and_no_hole)
{
	struct person who = somebody();
	struct order_placed_v1 order = order_of(who);

	for (int i = 0; i < 3; i++)
		cr_assert_null(kit_hear(k, &order_placed_v1_event, who.company, &order));
	place_orders(k, who, 1);
	cr_assert_eq(((const struct alarm_added_v1 *)kit_event(k, &alarm_added_v1_event))->number, 1);
	cr_assert_eq(((const struct alarm_added_v1 *)kit_event(k, &alarm_added_v1_event))->number, 2);
	cr_assert(kit_no_event(k));
	cr_assert_eq(count("alarm"), 2);
}

enum { WRITERS = 8, EACH = 20 };
static struct person buyer;
static struct order_placed_v1 same;

static void *
write_many(void *arg)
{
	(void)arg;
	place_orders(k, buyer, EACH);
	return NULL;
}

/* As the inbox would: again until it goes well. */
static void *
write_same(void *arg)
{
	(void)arg;
	kit_until(20000, kit_hear(k, &order_placed_v1_event, buyer.company, &same) == NULL);
	return NULL;
}

static void
in_parallel(void *(*writer)(void *))
{
	pthread_t threads[WRITERS];

	for (int i = 0; i < WRITERS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, writer, NULL), 0);
	for (int i = 0; i < WRITERS; i++)
		cr_assert_eq(pthread_join(threads[i], NULL), 0);
}

Test(notification, numbers_are_dense_under_parallel_writers)
{
	buyer = somebody();
	in_parallel(write_many);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*), count(DISTINCT number), min(number), max(number) FROM alarm"),
	    kit_print("%d|%d|1|%d", WRITERS * EACH, WRITERS * EACH, WRITERS * EACH));
	cr_assert_str_eq(kit_sql(k, "SELECT last_number FROM alarm_counter"), kit_print("%d", WRITERS * EACH));
	for (int i = 1; i <= WRITERS * EACH; i++)
		cr_assert_eq(((const struct alarm_added_v1 *)kit_event(k, &alarm_added_v1_event))->number, i,
		    "events of one user stand in the order of their numbers");
}

Test(notification, the_same_event_in_parallel_makes_one_alarm_and_no_hole)
{
	for (int round = 0; round < 10; round++) {
		buyer = somebody();
		place_orders(k, buyer, 1);
		same = order_of(buyer);
		in_parallel(write_same);
		place_orders(k, buyer, 1);
		cr_assert_str_eq(kit_sql(k, "SELECT count(*), max(number) FROM alarm WHERE user_id = '%s'",
		    id_text(buyer.user)), "3|3");
	}
	cr_assert_eq(count("outbox"), 30);
}

Test(notification, the_list_is_paged_newest_first_and_counts_the_unread)
{
	struct person who = somebody();
	struct kit_reply first, second;

	place_orders(k, who, 5);
	place_orders(k, somebody(), 2);
	kit_sql(k, "UPDATE alarm SET confirm = true WHERE number = 2");
	kit_as_user(k, who.user, who.company, 0);
	first = kit_call(k, "GET /api/alarms?limit=3", NULL);
	cr_assert_eq(first.status, 200, "%s", first.body);
	cr_assert_eq(kit_json_length(first.body, "items"), 3);
	cr_assert_eq(kit_json_i64(first.body, "items.0.number"), 5);
	cr_assert_eq(kit_json_i64(first.body, "items.0.alarmType"), 100);
	cr_assert_eq(kit_json_i64(first.body, "unread"), 4);
	place_orders(k, who, 1);
	second = kit_call(k, kit_print("GET /api/alarms?limit=3&cursor=%s", kit_json_text(first.body, "nextCursor")), NULL);
	cr_assert_eq(kit_json_length(second.body, "items"), 2, "%s", second.body);
	cr_assert_eq(kit_json_i64(second.body, "items.0.number"), 2);
	cr_assert_eq(kit_json_i64(second.body, "items.1.number"), 1);
	cr_assert_str_eq(kit_json_text(second.body, "nextCursor"), "null");
	cr_assert_eq(kit_json_i64(second.body, "unread"), 5);
}

Test(notification, an_empty_page_still_counts_the_unread)
{
	struct person who = somebody();
	struct kit_reply all, behind;
	const char *last;

	kit_as_user(k, who.user, who.company, 0);
	cr_assert_str_eq(kit_call(k, "GET /api/alarms", NULL).body, "{\"items\":[],\"nextCursor\":null,\"unread\":0}");
	place_orders(k, who, 2);
	all = kit_call(k, "GET /api/alarms?limit=1", NULL);
	last = kit_json_text(all.body, "nextCursor");
	kit_sql(k, "DELETE FROM alarm WHERE number = 1");
	behind = kit_call(k, kit_print("GET /api/alarms?cursor=%s", last), NULL);
	cr_assert_str_eq(behind.body, "{\"items\":[],\"nextCursor\":null,\"unread\":1}");
	cr_assert_eq(kit_call(k, "GET /api/alarms?cursor=zzz", NULL).status, 400);
	kit_as_nobody(k);
	cr_assert_eq(kit_call(k, "GET /api/alarms", NULL).status, 401);
}

Test(notification, alarms_go_after_two_weeks_and_their_numbers_are_not_given_again)
{
	struct person who = somebody();

	place_orders(k, who, 3);
	kit_clock(k, 13 * 86400);
	place_orders(k, who, 1);
	cr_assert_null(kit_job(k, "alarm_reap", "2026-01-15", ""));
	cr_assert_eq(count("alarm"), 4);
	kit_clock(k, 86400);
	cr_assert_null(kit_job(k, "alarm_reap", "2026-01-16", ""));
	cr_assert_eq(count("alarm"), 1);
	place_orders(k, who, 1);
	cr_assert_str_eq(kit_sql(k, "SELECT max(number) FROM alarm"), "5");
	kit_clock(k, -14 * 86400);
}

Test(notification, more_than_a_batch_is_reaped_in_one_night)
{
	struct person who = somebody();

	place_orders(k, who, 1);
	kit_sql(k, "INSERT INTO alarm SELECT gen_random_uuid(), user_id, company_id, n, kind, message, path, params, "
	    "gen_random_uuid(), source_kind, confirm, created_at, created_at FROM alarm, generate_series(2, 2501) n");
	cr_assert_null(kit_job(k, "alarm_reap", "2026-01-15", ""));
	cr_assert_eq(count("alarm"), 1);
}

/* Wants to be reminded of all there are, and has said so only when somebody waits for these rows. */
static void *
remind_late(void *arg)
{
	kit_sql(k, "UPDATE alarm SET remind_id = gen_random_uuid(), remind_at = expires_at; SELECT pg_advisory_xact_lock(1); "
	    "DO $$ BEGIN FOR i IN 1 .. 1000 LOOP EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted AND "
	    "transactionid = pg_current_xact_id()::xid); PERFORM pg_sleep(0.01); END LOOP; END $$");
	return arg;
}

Test(notification, one_that_is_to_come_again_is_not_reaped_however_late_that_is_said)
{
	pthread_t reminder;

	place_orders(k, somebody(), 1);
	kit_sql(k, "UPDATE alarm SET expires_at = created_at");
	cr_assert_eq(pthread_create(&reminder, NULL, remind_late, NULL), 0);
	kit_until(5000, atoll(kit_sql(k, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND "
	    "database = (SELECT oid FROM pg_database WHERE datname = current_database())")) > 0);
	cr_assert_null(kit_job(k, "alarm_reap", "2026-01-15", ""));
	cr_assert_eq(pthread_join(reminder, NULL), 0);
	cr_assert_eq(count("alarm"), 1);
}
