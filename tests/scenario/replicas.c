/* Two replicas of notification and two of commerce, one of each killed under load: every client sees every alarm once
 * and in order, whichever replica it comes back to; a reminder comes once. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include "common/core/clock.h"
#include "tests/scenario/customer/customer.h"

enum { CUSTOMERS = 2, ORDERS_EACH = 80, PIECE_KRW = 100, REMIND_S = 30,
	ALARMS = 1 + ORDERS_EACH + 1 };      /* the points, the orders, the reminder */

static const char *const doors[] = { "notification", "notification2" };

/* A good client: it remembers the last number and goes to the other replica when one is away. */
struct client { struct play *play; size_t door; int64_t last; int comings; const char *complaint; pthread_t thread; };

static struct kit_socket *
come_in(struct client *c)
{
	struct kit_socket *socket;

	c->door = (c->door + 1) % COUNT_OF(doors);
	socket = kit_socket_try_at(suite_port(c->play->suite, doors[c->door], "socketio"), "/",
	    kit_print("{\"token\":\"%s\",\"lastNumber\":%lld}", c->play->buyer.access, (long long)c->last));
	if (socket != NULL && kit_socket_refused(socket) != NULL)
		kit_socket_close(&socket);
	c->comings += socket != NULL;
	return socket;
}

static void
hear(struct client *c, struct kit_socket *socket)
{
	const char *args;

	while (c->last < ALARMS && c->complaint == NULL && (args = kit_socket_wait(socket, "addAlarm", 200)) != NULL) {
		int64_t number = kit_json_i64(args, "0.number");

		if (number != c->last + 1)
			c->complaint = kit_print("%lld after %lld", (long long)number, (long long)c->last);
		c->last = number;
	}
}

static void *
listen_to_all(void *arg)
{
	struct client *c = arg;
	struct kit_socket *socket = NULL;
	int64_t deadline = kit_deadline(120000);

	while (c->last < ALARMS && c->complaint == NULL && kit_goes_on(deadline)) {
		if (socket == NULL)
			socket = come_in(c);
		else if (kit_socket_ended(socket, 0))
			kit_socket_close(&socket);
		else
			hear(c, socket);
	}
	if (socket != NULL && c->complaint == NULL && kit_socket_wait(socket, "addAlarm", 300) != NULL)
		c->complaint = "one too many";
	if (socket != NULL)
		kit_socket_close(&socket);
	return NULL;
}

/* One of each dies under load; the dead notification comes back later, commerce by the client's patience (ask()). */
static void
place_all(struct suite *s, struct play **plays)
{
	for (int n = 0; n < ORDERS_EACH; n++) {
		if (n == ORDERS_EACH / 4)
			suite_kill(s, "notification", SIGKILL);
		if (n == ORDERS_EACH / 3)
			suite_kill(s, "commerce", SIGKILL);
		if (n == ORDERS_EACH / 2)
			suite_restart(s, "notification");
		if (n == ORDERS_EACH * 3 / 4)
			suite_kill(s, "notification2", SIGKILL);
		for (size_t c = 0; c < CUSTOMERS; c++)
			(void)many_place(plays[c], n);
	}
	suite_restart(s, "notification2");
	suite_wait_ready(s, NULL);
}

static const char *
numbers(struct play *p)
{
	return suite_sql(p->suite, "notification", "SELECT count(*), min(number), max(number) FROM alarm WHERE user_id = '%s'",
	    p->buyer.id);
}

/* Asked of one replica, which then dies; fired by whichever is there, both when they are. */
static void
remind(struct play *p)
{
	const char *id = suite_sql(p->suite, "notification", "SELECT id FROM alarm WHERE user_id = '%s' AND number = 1",
	    p->buyer.id);
	char at[TIME_CHARS + 1];

	time_print(clock_real_us() + (int64_t)REMIND_S * 1000000, at);
	want(200, kit_http(p->suite, "POST", kit_print("/api/alarms/%s/remind", id), kit_print("{\"at\":\"%s\"}", at),
	    as(&p->buyer)));
}

Test(replicas, one_of_each_is_killed_and_every_client_sees_every_alarm_once_in_order, .timeout = 240)
{
	struct suite *s = play_suite(SUITE_REPLICAS);
	struct play *plays[CUSTOMERS];
	struct client clients[2 * CUSTOMERS];
	const char *product = many_offer(s, PIECE_KRW, CUSTOMERS * ORDERS_EACH);

	for (int c = 0; c < CUSTOMERS; c++) {
		plays[c] = play_new(s, c);
		many_settle(plays[c], product, ORDERS_EACH * PIECE_KRW);
		plays[c]->patient = true;
		plays[c]->mortal = "commerce";
	}
	for (size_t i = 0; i < COUNT_OF(clients); i++) {
		clients[i] = (struct client){ .play = plays[i / 2], .door = i % 2 };
		cr_assert_eq(pthread_create(&clients[i].thread, NULL, listen_to_all, &clients[i]), 0);
	}
	place_all(s, plays);
	for (int c = 0; c < CUSTOMERS; c++) {
		kit_until(30000, strcmp(numbers(plays[c]), kit_print("%d|1|%d", ALARMS - 1, ALARMS - 1)) == 0);
		remind(plays[c]);
	}
	suite_kill(s, "notification", SIGKILL);
	suite_restart(s, "notification");
	suite_wait_ready(s, NULL);
	suite_clock(s, REMIND_S);
	for (int c = 0; c < CUSTOMERS; c++)
		kit_until(5000, strcmp(numbers(plays[c]), kit_print("%d|1|%d", ALARMS, ALARMS)) == 0);
	for (size_t i = 0; i < COUNT_OF(clients); i++) {
		cr_assert_eq(pthread_join(clients[i].thread, NULL), 0);
		cr_assert_null(clients[i].complaint, "client %zu: %s", i, clients[i].complaint);
		cr_assert_eq(clients[i].last, ALARMS, "client %zu saw %lld", i, (long long)clients[i].last);
		cr_assert_geq(clients[i].comings, 3, "it had to come back");
	}
	for (int c = 0; c < CUSTOMERS; c++)
		play_close(&plays[c]);
	suite_close(&s);
}
