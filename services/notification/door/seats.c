/* The table of sockets. */
#include "services/notification/door/seats.h"
#include <pthread.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/memory.h"

/* BUCKETS: about one socket in each when the door is full. ENDED: an ended session's event may be heard before Redis
 * knows of it; that takes milliseconds, and a thousand log-outs do not fit into them. LOST_US: the same of a lost
 * company, which may be joined again. */
enum { BUCKETS = 16384, ENDED = 1024, LOST = 64, LOST_US = 5000000 };

enum seat_state { SEAT_NEW, SEAT_CLAIMED, SEAT_IN };

struct seat {
	struct seat    *next_id, *next_user;       /* in their buckets; next_user from SEAT_CLAIMED on */
	socketio_id     id;
	enum seat_state state;
	struct seat_of  who;
	struct flow     flow;
	bool            ended;
	int             asks;
};

struct seats {
	pthread_mutex_t lock;          /* before any other */
	struct seat    *by_id[BUCKETS], *by_user[BUCKETS];
	struct uuid     ended[ENDED];  /* the last sessions that ended; a ring */
	size_t          n_ended;
	struct { struct uuid user, company; int64_t at_us; } lost[LOST];       /* a ring as well */
	size_t          n_lost;
};

struct seats *
seats_open(void)
{
	struct seats *s = memory_zero(1, sizeof(*s));

	SURE(s != NULL && pthread_mutex_init(&s->lock, NULL) == 0);
	return s;
}

void
seats_close(struct seats **sp)
{
	struct seats *s = *sp;

	if (s == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct seat *t = s->by_id[i], *next; t != NULL; t = next) {
			next = t->next_id;
			memory_give(t);
		}
	}
	SURE(pthread_mutex_destroy(&s->lock) == 0);
	memory_give(s);
	*sp = NULL;
}

static void
lock(struct seats *s)
{
	SURE(pthread_mutex_lock(&s->lock) == 0);
}

static void
unlock(struct seats *s)
{
	SURE(pthread_mutex_unlock(&s->lock) == 0);
}

static struct seat **
id_bucket(struct seats *s, socketio_id id)
{
	return &s->by_id[(id * UINT64_C(0x9e3779b97f4a7c15)) >> 50];
}

/* The end of a UUIDv7 is random. */
static struct seat **
user_bucket(struct seats *s, struct uuid user)
{
	return &s->by_user[((size_t)user.b[14] << 8 | user.b[15]) % BUCKETS];
}

static struct seat *
find(struct seats *s, socketio_id id)
{
	struct seat *t = *id_bucket(s, id);

	while (t != NULL && t->id != id)
		t = t->next_id;
	return t;
}

void
seats_add(struct seats *s, socketio_id id)
{
	struct seat *t = memory_zero(1, sizeof(*t));

	SURE(t != NULL);
	t->id = id;
	t->flow.reading = true;
	lock(s);
	t->next_id = *id_bucket(s, id);
	*id_bucket(s, id) = t;
	unlock(s);
}

static void
unlink_seat(struct seats *s, struct seat *t)
{
	struct seat **at = id_bucket(s, t->id);

	while (*at != t)
		at = &(*at)->next_id;
	*at = t->next_id;
	if (t->state == SEAT_NEW)
		return;
	for (at = user_bucket(s, t->who.user); *at != t; at = &(*at)->next_user)
		;
	*at = t->next_user;
}

void
seats_remove(struct seats *s, socketio_id id)
{
	struct seat *t;

	lock(s);
	t = find(s, id);
	if (t != NULL)
		unlink_seat(s, t);
	unlock(s);
	memory_give(t);
}

static bool
ended_lately(const struct seats *s, struct uuid session)
{
	for (size_t i = 0; i < ENDED && i < s->n_ended; i++)
		if (uuid_eq(s->ended[i], session))
			return true;
	return false;
}

static bool
lost_lately(const struct seats *s, struct uuid user, struct uuid company)
{
	int64_t since = clock_mono_us() - LOST_US;

	for (size_t i = 0; i < LOST && i < s->n_lost; i++)
		if (s->lost[i].at_us >= since && uuid_eq(s->lost[i].user, user) && uuid_eq(s->lost[i].company, company))
			return true;
	return false;
}

enum seat_answer
seats_claim(struct seats *s, socketio_id id, struct seat_of who)
{
	enum seat_answer answer = SEAT_GONE;
	struct seat *t;

	lock(s);
	t = find(s, id);
	if (t != NULL) {
		SURE(t->state == SEAT_NEW);
		t->state = SEAT_CLAIMED;
		t->who = who;
		t->next_user = *user_bucket(s, who.user);
		*user_bucket(s, who.user) = t;
		answer = ended_lately(s, who.session) ? SEAT_ENDED : SEAT_YES;
	}
	unlock(s);
	return answer;
}

enum seat_answer
seats_enter(struct seats *s, socketio_id id, const struct seat_enter *in, bool *read)
{
	enum seat_answer answer = SEAT_GONE;
	struct seat *t;

	*read = false;
	lock(s);
	t = find(s, id);
	if (t != NULL)
		answer = t->ended ? SEAT_ENDED : lost_lately(s, t->who.user, in->company) ? SEAT_LOST : SEAT_YES;
	if (answer == SEAT_YES) {
		SURE(t->state == SEAT_CLAIMED);
		t->state = SEAT_IN;
		t->who.company = in->company;
		*read = flow_begin(&t->flow, in->counter, in->named);
		in->enter(in->arg, id, FLOW_SEND);
	}
	unlock(s);
	return answer;
}

bool
seats_who(struct seats *s, socketio_id id, struct seat_of *who)
{
	struct seat *t;
	bool in;

	lock(s);
	t = find(s, id);
	in = t != NULL && t->state == SEAT_IN;
	if (in)
		*who = t->who;
	unlock(s);
	return in;
}

bool
seats_reading(struct seats *s, socketio_id id, struct seat_reading *out)
{
	struct seat *t;

	lock(s);
	t = find(s, id);
	if (t != NULL)
		*out = (struct seat_reading){ t->who.user, t->flow.last, t->flow.heard };
	unlock(s);
	return t != NULL;
}

bool
seats_took(struct seats *s, socketio_id id, int64_t asked, int64_t last_row, bool full)
{
	struct seat *t;
	bool again;

	lock(s);
	t = find(s, id);
	again = t != NULL && flow_took(&t->flow, asked, last_row, full);
	unlock(s);
	return again;
}

bool
seats_ask(struct seats *s, socketio_id id)
{
	struct seat *t;
	bool taken;

	lock(s);
	t = find(s, id);
	taken = t != NULL && t->asks < SEAT_ASKS;
	if (taken)
		t->asks++;
	unlock(s);
	return taken;
}

void
seats_answered(struct seats *s, socketio_id id)
{
	struct seat *t;

	lock(s);
	t = find(s, id);
	if (t != NULL)
		t->asks--;
	unlock(s);
}

void
seats_live(struct seats *s, struct uuid user, int64_t number, seat_visit *visit, void *arg)
{
	lock(s);
	for (struct seat *t = *user_bucket(s, user); t != NULL; t = t->next_user) {
		enum flow_say say;

		if (!uuid_eq(t->who.user, user))
			continue;
		say = flow_live(&t->flow, number);
		if (say == FLOW_SEND || say == FLOW_READ)
			visit(arg, t->id, say);
	}
	unlock(s);
}

void
seats_end_session(struct seats *s, struct uuid user, struct uuid session)
{
	lock(s);
	s->ended[s->n_ended++ % ENDED] = session;
	for (struct seat *t = *user_bucket(s, user); t != NULL; t = t->next_user)
		if (uuid_eq(t->who.session, session))
			t->ended = true;
	unlock(s);
}

void
seats_end_membership(struct seats *s, struct uuid user, struct uuid company, seat_visit *visit, void *arg)
{
	size_t i;

	lock(s);
	i = s->n_lost++ % LOST;
	s->lost[i].user = user;
	s->lost[i].company = company;
	s->lost[i].at_us = clock_mono_us();
	for (struct seat *t = *user_bucket(s, user); t != NULL; t = t->next_user)
		if (t->state == SEAT_IN && uuid_eq(t->who.user, user) && uuid_eq(t->who.company, company))
			visit(arg, t->id, FLOW_DROP);
	unlock(s);
}
