/* Letting a socket in: token, session, how far it was told; then what it missed. */
#include <stdio.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "gen/services/notification/alarm/read.sql.h"
#include "services/notification/door/hello.h"
#include "services/notification/door/room.h"
#include "services/notification/who/admit.h"

/* Who comes too early is told when to come again, each at another moment: all of a replica's clients lose it at once. */
enum { AGAIN_MS = 1000, AGAIN_SPREAD_MS = 4000 };

static void
refuse(struct door *d, socketio_id id, const char *word)
{
	char data[80];
	int n = snprintf(data, sizeof(data), "{\"code\":\"%s\"}", word);

	if (strcmp(word, "busy") == 0)
		n = snprintf(data, sizeof(data), "{\"code\":\"busy\",\"retryAfterMs\":%u}",
		    AGAIN_MS + random_below(AGAIN_SPREAD_MS));
	SURE(n > 0 && (size_t)n < sizeof(data));
	seats_remove(d->seats, id);
	count_refused(word);
	socketio_refuse(d->sio, id, word, (struct text){ data, (size_t)n });
}

void
door_room_name(char out[DOOR_ROOM_CHARS + 1], const char *what, struct uuid which)
{
	char name[UUID_CHARS + 1];

	uuid_print(which, name);
	SURE(snprintf(out, DOOR_ROOM_CHARS + 1, "%s:%s", what, name) <= DOOR_ROOM_CHARS);
}

static void
join(struct door *d, socketio_id id, const char *what, struct uuid which)
{
	char room[DOOR_ROOM_CHARS + 1];

	door_room_name(room, what, which);
	socketio_join(d->sio, id, room);
}

/* Under the lock of the table: an end of the session that comes later finds the socket in its room. */
struct guest { struct seat_of seat; enum who who; };
struct entering { struct door *door; const struct guest *guest; };

static void
enter(void *arg, socketio_id id, enum flow_say say)
{
	const struct entering *e = arg;
	const struct seat_of *seat = &e->guest->seat;

	(void)say;
	join(e->door, id, e->guest->who == WHO_CUSTOMER ? "account" : "user", seat->user);
	join(e->door, id, "session", seat->session);
	if (!uuid_is_nil(seat->company))
		join(e->door, id, "company", seat->company);
	socketio_accept(e->door->sio, id);
}

static const struct err *
answer_of(struct req *rq, enum seat_answer answer)
{
	if (answer == SEAT_ENDED)
		return FAIL(rq, UNKNOWN_WHO, "token.revoked", "this session has ended meanwhile");
	if (answer == SEAT_LOST)
		return FAIL(rq, BUSY, "socket.membership", "the membership has ended meanwhile");
	return NULL;
}

/* The session is claimed before it is looked up: its end is either found there or told to the table. */
static const struct err *
check(struct req *rq, socketio_id id, const struct hello *hello, struct guest *guest, bool *gone)
{
	struct access_token token;
	enum seat_answer answer;

	TRY(admit_token(rq, hello->token, &token));
	*guest = (struct guest){ { .user = token.user, .session = token.session }, token.who };
	answer = seats_claim(door_of(rq)->seats, id, guest->seat);
	*gone = answer == SEAT_GONE;
	TRY(answer_of(rq, answer));
	return *gone ? NULL : admit_session(rq, &token, &guest->seat.company);
}

static const struct err *
let_in(struct req *rq, socketio_id id, const struct hello *hello, const struct guest *guest)
{
	struct door *d = door_of(rq);
	struct entering entering = { d, guest };
	struct seat_enter in = { .company = guest->seat.company, .named = hello->number, .enter = enter, .arg = &entering };
	struct sql_alarm_numbers_row numbers;
	bool read;

	TRY(sql_alarm_numbers(rq, guest->seat.user, hello->alarm, &numbers));
	in.counter = numbers.last_number;
	if (in.named < 0 && !uuid_is_nil(hello->alarm))
		in.named = numbers.named;
	TRY(answer_of(rq, seats_enter(d->seats, id, &in, &read)));
	if (read)
		door_catch_up(rq, id);
	return NULL;
}

static void
connect_task(struct req *rq, const struct task *t)
{
	const struct err *e;
	struct hello hello;
	struct guest guest = { .who = WHO_ANYONE };
	bool gone = false;

	e = hello_read(rq, t->json, &hello);
	if (e == NULL)
		e = door_hears(rq);
	if (e == NULL)
		e = check(rq, t->id, &hello, &guest, &gone);
	if (e == NULL && !gone)
		e = let_in(rq, t->id, &hello, &guest);
	if (e == NULL)
		return;
	log_err(rq, e->code == E_UNKNOWN_WHO ? LV_INFO : LV_WARN, "socket.refused", e);
	refuse(door_of(rq), t->id, admit_word(e));
}

void
door_connect(void *arg, socketio_id id, struct text nsp, struct text auth_json, struct text client_ip)
{
	struct door *d = arg;
	struct task t = { .run = connect_task, .id = id, .ack_id = -1, .json = auth_json };

	(void)nsp;
	(void)client_ip;
	seats_add(d->seats, id);
	if (auth_json.len > SAID_BYTES)
		refuse(d, id, "token_invalid");
	else if (!work_put(d->work, &t, false))
		refuse(d, id, "busy");
}
