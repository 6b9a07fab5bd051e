/* Notification is away while a thousand orders are placed, and comes back: a thousand alarms, each once, in the order
 * of each customer, in the table and on a socket that connects afterwards. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "tests/scenario/customer/customer.h"

enum { CUSTOMERS = 10, ORDERS_EACH = 100, ORDERS = CUSTOMERS * ORDERS_EACH, PIECE_KRW = 100 };

/* The whole backlog, ten times the second that is promised for one alarm. */
enum { CAUGHT_UP_MS = 10000 };

/* The orders of each customer in the order in which they were placed: "id,id,…". */
static void
place_all(struct play **plays, const char **placed)
{
	for (size_t c = 0; c < CUSTOMERS; c++)
		placed[c] = many_place(plays[c], 0);
	for (int n = 1; n < ORDERS_EACH; n++)
		for (size_t c = 0; c < CUSTOMERS; c++)
			placed[c] = kit_print("%s,%s", placed[c], many_place(plays[c], n));
}

static size_t
alarms(struct suite *s)
{
	return strtoul(suite_sql(s, "notification", "SELECT count(*) FROM alarm WHERE kind = %d", ALARM_ORDER), NULL, 10);
}

static void
check_table(struct play *p, const char *placed)
{
	cr_assert_str_eq(suite_sql(p->suite, "notification", "SELECT string_agg(source_id::text, ',' ORDER BY number) FROM alarm "
	    "WHERE user_id = '%s' AND kind = %d", p->buyer.id, ALARM_ORDER), placed);
	cr_assert_str_eq(suite_sql(p->suite, "notification", "SELECT count(*), min(number), max(number) FROM alarm "
	    "WHERE user_id = '%s'", p->buyer.id), kit_print("%d|1|%d", ORDERS_EACH + 1, ORDERS_EACH + 1));
}

/* A client that has seen nothing yet: the points and then every order, in order, each once. */
static void
check_socket(struct play *p, const char *placed)
{
	struct kit_socket *socket = kit_socket_connect_at(suite_port(p->suite, "gateway", "http"), "/",
	    kit_print("{\"token\":\"%s\",\"lastNumber\":0}", p->buyer.access));
	const char *heard = "";

	cr_assert_null(kit_socket_refused(socket));
	for (int64_t n = 1; n <= ORDERS_EACH + 1; n++) {
		const char *args = kit_socket_wait(socket, "addAlarm", CAUGHT_UP_MS), *path;

		cr_assert_not_null(args, "%lld alarms came, not %d", (long long)n - 1, ORDERS_EACH + 1);
		cr_assert_eq(kit_json_i64(args, "0.number"), n);
		path = kit_json_text(args, "0.path");
		if (kit_json_i64(args, "0.alarm_type") == ALARM_ORDER)
			heard = kit_print("%s%s%s", heard, *heard != '\0' ? "," : "", path + strlen("/orders/"));
	}
	cr_assert_str_eq(heard, placed);
	cr_assert_null(kit_socket_wait(socket, "addAlarm", 100));
	kit_socket_close(&socket);
}

Test(backlog, a_thousand_orders_while_notification_was_away_make_a_thousand_alarms, .timeout = 180)
{
	struct suite *s = play_suite(0);
	struct play *plays[CUSTOMERS];
	const char *placed[CUSTOMERS], *product = many_offer(s, PIECE_KRW, ORDERS);
	int64_t began_us;

	for (int c = 0; c < CUSTOMERS; c++) {
		plays[c] = play_new(s, c);
		many_settle(plays[c], product, ORDERS_EACH * PIECE_KRW);
	}
	cr_assert_eq(suite_stop(s, "notification"), 0);
	began_us = clock_mono_us();
	place_all(plays, placed);
	printf("  %lld ms for %d orders, one after the other\n", (long long)(clock_mono_us() - began_us) / 1000, ORDERS);
	suite_restart(s, "notification");
	began_us = clock_mono_us();
	kit_until(CAUGHT_UP_MS, alarms(s) >= ORDERS);
	printf("  %lld ms from the start of notification to %d alarms\n", (long long)(clock_mono_us() - began_us) / 1000, ORDERS);
	suite_wait_ready(s, "notification");
	for (size_t c = 0; c < CUSTOMERS; c++) {
		check_table(plays[c], placed[c]);
		check_socket(plays[c], placed[c]);
	}
	cr_assert_eq(alarms(s), ORDERS);
	for (size_t c = 0; c < CUSTOMERS; c++)
		play_close(&plays[c]);
	suite_close(&s);
}
