/* The Socket.IO door: who gets in, what was missed, what comes live, who is sent away. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/app.h"
#include "common/core/text.h"
#include "services/notification/door/room.h"
#include "services/notification/service.h"
#include "tests/integration/notification/world.h"

static struct kit *k;

static void
open_world(void)
{
	k = world_open();
}

TestSuite(notification_door, .init = open_world, .fini = world_close, .timeout = 120);

static struct kit_socket *
come_in(const char *token)
{
	struct kit_socket *c = world_connect("{\"token\":\"%s\"}", token);

	cr_assert_null(kit_socket_refused(c), "refused: %s", kit_socket_refused(c));
	return c;
}

Test(notification_door, a_live_alarm_reaches_every_socket_of_the_user_and_nobody_else)
{
	struct caller a = world_caller(somebody(), 600), b = world_caller(somebody(), 600);
	struct kit_socket *one = come_in(a.token), *two = come_in(a.token), *other = come_in(b.token);
	const char *args;

	place_orders(k, a.person, 1);
	args = kit_socket_wait(one, "addAlarm", 5000);
	cr_assert_not_null(args);
	cr_assert_eq(kit_json_i64(args, "0.number"), 1);
	cr_assert_eq(kit_json_i64(args, "0.alarm_type"), 100);
	cr_assert_str_eq(kit_json_text(args, "0.message"), "두레 머그컵 주문이 접수되었습니다.");
	cr_assert_str_eq(kit_json_text(args, "0.confirm"), "false");
	cr_assert_eq(world_next(two, 5000), 1);
	cr_assert_eq(world_next(other, 300), 0);
}

static const char *
refusal(const char *auth_json)
{
	const char *word = kit_socket_refused(world_connect("%s", auth_json));

	return word != NULL ? word : "let in";
}

Test(notification_door, who_has_no_good_token_is_refused_with_a_word)
{
	struct caller good = world_caller(somebody(), 600), old = world_caller(somebody(), -5);
	char *spoilt = strdup(good.token);

	spoilt[strlen(spoilt) - 3] ^= 1;
	cr_assert_str_eq(refusal("{}"), "token_invalid");
	cr_assert_str_eq(refusal("{\"token\":\"abc\"}"), "token_invalid");
	cr_assert_str_eq(refusal(kit_print("{\"token\":\"%s\"}", spoilt)), "token_invalid");
	cr_assert_str_eq(refusal(kit_print("{\"token\":\"%s\"}", old.token)), "token_expired");
	world_end(good);
	cr_assert_str_eq(refusal(kit_print("{\"token\":\"%s\"}", good.token)), "session_ended");
	free(spoilt);
}

Test(notification_door, a_session_that_redis_lost_is_asked_from_auth)
{
	struct caller alive = world_forgotten(somebody(), KNOWN_ALIVE), revoked, unknown;
	struct kit_socket *c = come_in(alive.token);

	cr_assert_eq(world_restores(), 1);
	place_orders(k, alive.person, 1);
	cr_assert_eq(world_next(c, 5000), 1);
	revoked = world_forgotten(somebody(), KNOWN_REVOKED);
	cr_assert_str_eq(refusal(kit_print("{\"token\":\"%s\"}", revoked.token)), "session_ended");
	unknown = world_forgotten(somebody(), UNKNOWN);
	cr_assert_str_eq(refusal(kit_print("{\"token\":\"%s\"}", unknown.token)), "session_ended");
}

Test(notification_door, when_its_session_ends_a_socket_is_sent_away_and_others_stay)
{
	struct person person = somebody();
	struct caller a = world_caller(person, 600), b = world_caller(person, 600);
	struct kit_socket *going = come_in(a.token), *staying = come_in(b.token);

	world_end(a);
	cr_assert(kit_socket_ended(going, 2000));
	place_orders(k, person, 1);
	cr_assert_eq(world_next(staying, 5000), 1);
}

static void
emit_to(const char *what, struct uuid which)
{
	struct notification *n = kit_app(k)->state;
	char room[DOOR_ROOM_CHARS + 1];

	door_room_name(room, what, which);
	socketio_emit_room(n->door->sio, "/", room, "invite", TEXT("[\"approve\"]"));
}

Test(notification_door, there_are_rooms_per_user_per_company_and_per_customer_account)
{
	struct person person = somebody();
	struct caller staff = world_caller(person, 600);
	struct caller customer = world_caller_as((struct person){ uuid_new(), person.company }, WHO_CUSTOMER);
	struct caller clerk = world_caller_as(somebody(), WHO_OPERATOR);
	struct kit_socket *s = come_in(staff.token), *o = come_in(clerk.token), *c = come_in(customer.token);

	emit_to("company", person.company);
	cr_assert_not_null(kit_socket_wait(s, "invite", 5000));
	cr_assert_not_null(kit_socket_wait(c, "invite", 5000));
	emit_to("user", person.user);
	cr_assert_not_null(kit_socket_wait(s, "invite", 5000));
	emit_to("account", customer.person.user);
	cr_assert_str_eq(kit_socket_wait(c, "invite", 5000), "[\"approve\"]");
	emit_to("user", clerk.person.user);
	cr_assert_not_null(kit_socket_wait(o, "invite", 5000));
	cr_assert_null(kit_socket_wait(o, "invite", 100));
	cr_assert_null(kit_socket_wait(s, "invite", 100));
	cr_assert_str_eq(refusal(kit_print("{\"token\":\"%s\"}", world_caller_as(somebody(), WHO_PARTNER).token)),
	    "token_invalid");
}

Test(notification_door, who_loses_a_company_is_sent_away_from_it_and_comes_back_without)
{
	struct person person = somebody();
	struct caller a = world_caller(person, 600);
	struct caller colleague = world_caller((struct person){ uuid_new(), person.company }, 600);
	struct kit_socket *going = come_in(a.token), *staying = come_in(colleague.token), *back;

	world_leave(a);
	cr_assert(kit_socket_ended(going, 2000));
	back = come_in(a.token);
	emit_to("company", person.company);
	cr_assert_not_null(kit_socket_wait(staying, "invite", 5000));
	cr_assert_null(kit_socket_wait(back, "invite", 200));
	place_orders(k, person, 1);
	cr_assert_eq(world_next(back, 5000), 1, "the alarms are the user's own");
}

Test(notification_door, who_comes_in_while_the_company_is_being_lost_is_told_to_come_again)
{
	struct caller a = world_caller(somebody(), 600);

	world_tell_left(a);
	cr_assert_str_eq(refusal(kit_print("{\"token\":\"%s\"}", a.token)), "busy");
	world_leave(a);
	come_in(a.token);
}

Test(notification_door, what_was_missed_comes_in_order_and_once_by_number_or_by_id)
{
	struct caller a = world_caller(somebody(), 600);
	struct kit_socket *c;
	const char *third;

	place_orders(k, a.person, 5);
	third = kit_sql(k, "SELECT id FROM alarm WHERE number = 3");
	c = world_connect("{\"token\":\"%s\",\"lastNumber\":2}", a.token);
	for (int n = 3; n <= 5; n++)
		cr_assert_eq(world_next(c, 5000), n);
	cr_assert_eq(world_next(c, 300), 0);
	c = world_connect("{\"token\":\"%s\",\"lastAlarmId\":\"%s\"}", a.token, third);
	cr_assert_eq(world_next(c, 5000), 4);
	cr_assert_eq(world_next(c, 5000), 5);
	place_orders(k, a.person, 1);
	cr_assert_eq(world_next(c, 5000), 6);
	cr_assert_eq(world_next(come_in(a.token), 300), 0, "who names nothing gets what comes from now on");
}

Test(notification_door, more_than_a_page_was_missed_and_some_of_it_has_expired)
{
	struct caller a = world_caller(somebody(), 600);
	struct kit_socket *c;

	place_orders(k, a.person, 230);
	kit_sql(k, "DELETE FROM alarm WHERE number <= 10 OR number IN (50, 150, 230)");
	c = world_connect("{\"token\":\"%s\",\"lastNumber\":0}", a.token);
	for (int n = 11; n <= 229; n++)
		if (n != 50 && n != 150)
			cr_assert_eq(world_next(c, 5000), n);
	place_orders(k, a.person, 1);
	cr_assert_eq(world_next(c, 5000), 231);
}

enum { BUSY_ALARMS = 150, COMERS = 12 };

static void *
place_many(void *arg)
{
	place_orders(k, *(struct person *)arg, BUSY_ALARMS);
	return NULL;
}

Test(notification_door, who_comes_in_the_middle_of_it_gets_each_number_once_and_in_order)
{
	struct caller a = world_caller(somebody(), 600);
	struct kit_socket *comers[COMERS];
	int64_t from[COMERS];
	pthread_t writer;

	place_orders(k, a.person, 20);
	cr_assert_eq(pthread_create(&writer, NULL, place_many, &a.person), 0);
	for (int i = 0; i < COMERS; i++) {
		from[i] = i % 2 == 0 ? 0 : 10 + i;
		comers[i] = world_connect("{\"token\":\"%s\",\"lastNumber\":%lld}", a.token, (long long)from[i]);
	}
	cr_assert_eq(pthread_join(writer, NULL), 0);
	for (int i = 0; i < COMERS; i++)
		for (int64_t n = from[i] + 1; n <= 20 + BUSY_ALARMS; n++)
			cr_assert_eq(world_next(comers[i], 10000), n, "socket %d", i);
	for (int i = 0; i < COMERS; i++)
		cr_assert_eq(world_next(comers[i], 50), 0);
}

/* ---- everybody comes back at once */

enum { THREADS = 24, SOCKETS_EACH = 4, MISSED = 3, WORKERS = 4 };

static void *
come_back(void *arg)
{
	const struct caller *who = arg;
	bool *good = calloc(1, sizeof(*good));

	for (int i = 0; i < SOCKETS_EACH; i++) {
		struct kit_socket *c = kit_socket_connect_at(world_port(), "/",
		    kit_print("{\"token\":\"%s\",\"lastNumber\":0}", who->token));

		*good = kit_socket_refused(c) == NULL;
		for (int n = 1; n <= MISSED; n++)
			*good = *good && world_next(c, 10000) == n;
		*good = *good && world_next(c, 20) == 0;
		kit_socket_close(&c);
		if (!*good)
			break;
	}
	return good;
}

/* Until all workers wait, and a moment longer, to see whether more come. */
static void *
hold_back(void *arg)
{
	kit_sql(k, "LOCK TABLE alarm_counter IN ACCESS EXCLUSIVE MODE; DO $$ BEGIN FOR i IN 1 .. 1000 LOOP "
	    "EXIT WHEN (SELECT count(*) FROM pg_locks WHERE relation = 'alarm_counter'::regclass AND NOT granted) >= %d; "
	    "PERFORM pg_sleep(0.01); END LOOP; PERFORM pg_sleep(0.3); END $$", WORKERS);
	return arg;
}

/* However many wait, PostgreSQL is asked by the few workers alone: here it answers nobody for a while. */
Test(notification_door, when_all_come_back_at_once_the_database_is_asked_by_few_at_a_time)
{
	struct caller who[THREADS];
	pthread_t threads[THREADS], locker;
	static const char asked[] = "SELECT count(*) FROM pg_locks WHERE relation = 'alarm_counter'::regclass AND %sgranted";
	int64_t waiting, most = 0;

	for (int i = 0; i < THREADS; i++) {
		who[i] = world_caller(somebody(), 600);
		place_orders(k, who[i].person, MISSED);
	}
	cr_assert_eq(pthread_create(&locker, NULL, hold_back, NULL), 0);
	kit_until(5000, atoll(kit_sql(k, asked, "")) > 0);
	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, come_back, &who[i]), 0);
	do {
		waiting = atoll(kit_sql(k, asked, "NOT "));
		most = waiting > most ? waiting : most;
	} while (waiting > 0 || most == 0);
	cr_assert_eq(most, WORKERS);
	cr_assert_eq(pthread_join(locker, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		bool *good;

		cr_assert_eq(pthread_join(threads[i], (void **)&good), 0);
		cr_assert(*good, "client %d", i);
		free(good);
	}
}

/* The tap hears an alarm whose forerunners it did not: the socket is given them from the database. */
Test(notification_door, a_gap_in_what_is_heard_is_filled)
{
	struct caller a = world_caller(somebody(), 600);
	struct kit_socket *c = come_in(a.token);

	place_orders(k, a.person, 1);
	cr_assert_eq(world_next(c, 5000), 1);
	kit_sql(k, "INSERT INTO alarm SELECT gen_random_uuid(), user_id, company_id, 2, kind, message, path, params, "
	    "gen_random_uuid(), source_kind, confirm, created_at, expires_at FROM alarm");
	kit_sql(k, "UPDATE alarm_counter SET last_number = 2");
	place_orders(k, a.person, 1);
	cr_assert_eq(world_next(c, 5000), 2);
	cr_assert_eq(world_next(c, 5000), 3);
}

Test(notification_door, alarm_answers_the_whole_list_newest_first)
{
	struct caller a = world_caller(somebody(), 600), b = world_caller(somebody(), 600);
	struct kit_socket *c = come_in(a.token);
	const char *list;

	place_orders(k, a.person, 103);
	cr_assert_str_eq(kit_socket_ask(c, "alarmJoin", "[]", 5000), "[{\"ok\":true}]");
	cr_assert_str_eq(kit_socket_ask(c, "alarmJoin", kit_print("[\"%s\"]", a.token), 5000), "[{\"ok\":true}]");
	cr_assert_str_eq(kit_socket_ask(c, "alarm", kit_print("[\"%s\"]", a.token), 5000), "[{\"ok\":true}]");
	list = kit_socket_wait(c, "sendAlarm", 5000);
	cr_assert_eq(kit_json_length(list, "0"), 100);
	cr_assert_eq(kit_json_i64(list, "0.0.number"), 103);
	cr_assert_eq(kit_json_i64(list, "0.99.number"), 4);
	cr_assert_str_eq(kit_json_text(list, "0.0.repeat_time"), "null");
	cr_assert_str_eq(kit_socket_ask(c, "alarm", kit_print("[\"%s\"]", b.token), 5000), "[{\"error\":\"token_mismatch\"}]");
	cr_assert_str_eq(kit_socket_ask(c, "alarmJoin", "[\"abc\"]", 5000), "[{\"error\":\"token_mismatch\"}]");
	cr_assert_str_eq(kit_socket_ask(c, "other", "[]", 5000), "[{\"error\":\"unknown_event\"}]");
	kit_socket_emit(c, "alarm", "[]");
	cr_assert_not_null(kit_socket_wait(c, "sendAlarm", 5000), "no acknowledgement is needed");
}

/* ---- the end */

static void *
knock(void *arg)
{
	const struct caller *c = arg;
	struct kit_socket *socket = kit_socket_try_at(world_port(), "/", kit_print("{\"token\":\"%s\"}", c->token));

	if (socket != NULL)
		kit_socket_close(&socket);
	return NULL;
}

/* One client is connected, and neither let in nor refused. */
static bool
one_waits(void)
{
	const struct notification *n = kit_app(k)->state;
	struct socketio_stats now = socketio_stats(n->door->sio);

	return now.sessions == 1 && now.sockets == 0;
}

/* Whoever waits to be let in asks the taps again and again, also while the door closes. */
Test(notification_door_closing, nobody_asks_what_is_gone, .timeout = 60)
{
	struct caller c;
	pthread_t client;

	k = world_open_deaf();
	c = world_caller(somebody(), 600);
	cr_assert_eq(pthread_create(&client, NULL, knock, &c), 0);
	kit_until(5000, one_waits());
	kit_throughout(200, one_waits());
	world_close();
	cr_assert_eq(pthread_join(client, NULL), 0);
}
