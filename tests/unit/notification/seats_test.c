/* The table of sockets: who is told, and what happens when somebody leaves or a session ends on the way in. */
#include <criterion/criterion.h>
#include "common/core/id.h"
#include "services/notification/door/seats.h"

static struct seats *seats;
static int visits, sends, reads;
static socketio_id visited;

static void
open_seats(void)
{
	seats = seats_open();
}

static void
close_seats(void)
{
	seats_close(&seats);
}

TestSuite(notification_seats, .init = open_seats, .fini = close_seats, .timeout = 60);

static void
visit(void *arg, socketio_id id, enum flow_say say)
{
	(void)arg;
	visited = id;
	visits++;
	sends += say == FLOW_SEND;
	reads += say == FLOW_READ;
}

static enum seat_answer
enter(socketio_id id, int64_t counter, int64_t named)
{
	struct seat_enter in = { .counter = counter, .named = named, .enter = visit };
	bool read;

	return seats_enter(seats, id, &in, &read);
}

static struct seat_of
somebody(void)
{
	return (struct seat_of){ uuid_new(), uuid_new(), uuid_new() };
}

static void
sit(socketio_id id, struct seat_of who)
{
	seats_add(seats, id);
	cr_assert_eq(seats_claim(seats, id, who), SEAT_YES);
	cr_assert_eq(enter(id, 0, -1), SEAT_YES);
	visits = sends = reads = 0;
}

Test(notification_seats, who_loses_a_company_is_visited_there_and_not_let_in_for_a_moment)
{
	struct seat_of a = somebody(), elsewhere = { a.user, uuid_new(), uuid_new() };
	struct seat_enter in = { .company = a.company, .named = -1, .enter = visit };
	bool read;

	seats_add(seats, 1);
	cr_assert_eq(seats_claim(seats, 1, a), SEAT_YES);
	cr_assert_eq(seats_enter(seats, 1, &in, &read), SEAT_YES);
	seats_add(seats, 2);
	cr_assert_eq(seats_claim(seats, 2, elsewhere), SEAT_YES);
	in.company = elsewhere.company;
	cr_assert_eq(seats_enter(seats, 2, &in, &read), SEAT_YES);
	seats_add(seats, 3);
	cr_assert_eq(seats_claim(seats, 3, a), SEAT_YES);
	visits = 0;
	seats_end_membership(seats, a.user, a.company, visit, NULL);
	cr_assert_eq(visits, 1);
	cr_assert_eq(visited, 1);
	in.company = a.company;
	cr_assert_eq(seats_enter(seats, 3, &in, &read), SEAT_LOST);
}

Test(notification_seats, all_sockets_of_a_user_are_told_and_nobody_elses)
{
	struct seat_of a = somebody(), b = somebody();

	b.user.b[14] = a.user.b[14];                /* the same bucket */
	b.user.b[15] = a.user.b[15];
	sit(1, a);
	sit(2, a);
	sit(3, b);
	seats_live(seats, a.user, 1, visit, NULL);
	cr_assert_eq(sends, 2);
	seats_live(seats, a.user, 3, visit, NULL);
	cr_assert_eq(reads, 2);
	seats_live(seats, b.user, 1, visit, NULL);
	cr_assert(sends == 3 && visited == 3);
}

Test(notification_seats, who_has_left_is_gone_at_every_step)
{
	struct seat_of who = somebody();
	struct seat_reading reading;

	seats_add(seats, 1);
	seats_remove(seats, 1);
	seats_remove(seats, 1);
	cr_assert_eq(seats_claim(seats, 1, who), SEAT_GONE);
	seats_add(seats, 2);
	cr_assert_eq(seats_claim(seats, 2, who), SEAT_YES);
	seats_remove(seats, 2);
	cr_assert_eq(enter(2, 0, -1), SEAT_GONE);
	sit(3, who);
	seats_remove(seats, 3);
	seats_live(seats, who.user, 1, visit, NULL);
	cr_assert_eq(visits, 0);
	cr_assert_not(seats_reading(seats, 3, &reading));
	cr_assert_not(seats_took(seats, 3, 1, 1, true));
	cr_assert_not(seats_who(seats, 3, &who));
}

Test(notification_seats, a_session_that_ends_on_the_way_in_does_not_get_in)
{
	struct seat_of who = somebody(), other = who;

	other.session = uuid_new();
	seats_add(seats, 1);
	seats_add(seats, 2);
	cr_assert_eq(seats_claim(seats, 1, who), SEAT_YES);
	cr_assert_eq(seats_claim(seats, 2, other), SEAT_YES);
	seats_end_session(seats, who.user, who.session);
	cr_assert_eq(enter(1, 0, -1), SEAT_ENDED);
	cr_assert_eq(enter(2, 0, -1), SEAT_YES);
}

Test(notification_seats, a_session_that_ended_a_moment_ago_does_not_get_in)
{
	struct seat_of who = somebody();

	seats_end_session(seats, who.user, who.session);
	for (int i = 0; i < 1000; i++)
		seats_end_session(seats, uuid_new(), uuid_new());
	seats_add(seats, 1);
	cr_assert_eq(seats_claim(seats, 1, who), SEAT_ENDED);
}

Test(notification_seats, a_socket_that_waits_has_live_alarms_noted)
{
	struct seat_of who = somebody();
	struct seat_enter in = { .counter = 4, .named = -1, .enter = visit };
	bool read;

	seats_add(seats, 1);
	cr_assert_eq(seats_claim(seats, 1, who), SEAT_YES);
	seats_live(seats, who.user, 5, visit, NULL);
	cr_assert_eq(visits, 0, "nothing is sent before it is in");
	cr_assert_eq(seats_enter(seats, 1, &in, &read), SEAT_YES);
	cr_assert(read, "5 came after the counter was read");
}

Test(notification_seats, a_client_asks_four_things_at_once_and_no_more)
{
	sit(1, somebody());
	for (int i = 0; i < SEAT_ASKS; i++)
		cr_assert(seats_ask(seats, 1));
	cr_assert_not(seats_ask(seats, 1));
	seats_answered(seats, 1);
	cr_assert(seats_ask(seats, 1));
	cr_assert_not(seats_ask(seats, 9), "not one of ours");
}

Test(notification_seats, a_full_house_comes_and_goes)
{
	struct seat_of who = somebody();

	for (socketio_id id = 1; id <= 40000; id++)
		seats_add(seats, id);
	for (socketio_id id = 1; id <= 40000; id += 2)
		seats_remove(seats, id);
	for (socketio_id id = 1; id <= 40000; id++)
		cr_assert_eq(seats_who(seats, id, &who), false);
	cr_assert_eq(seats_claim(seats, 39999, who), SEAT_GONE);
	cr_assert_eq(seats_claim(seats, 40000, who), SEAT_YES);
}
