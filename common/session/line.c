/* One connection shared by all.
 *
 * Who comes while nobody drives, drives: he sends in one write what all ask who came so far, reads, hands the answers
 * out, and, once he has his own, lets the next one drive. So those who ask at the same time cost Redis one read and one
 * write together, and nobody waits for a thread that does nothing else. Redis answers in the order of the questions:
 * `sent` remembers whose turn it is. Who gives up leaves a gap there, and his answers are thrown away when they come. */
#include "common/session/line.h"
#include "common/core/clock.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* SENT: questions on their way; beyond them one waits unsent. OUT_BYTES: of them; no key is longer than a header line. */
enum { SENT = 256, OUT_BYTES = 64 << 20 };

/* A question on its way. `of` is changed under the lock alone, the rest by the driver. */
struct sent { struct asker *of; size_t n; struct redis_answers answers; };

struct line {
	pthread_mutex_t  lock;              /* never held while something is sent, read, opened or waited for */
	struct asker    *first, **last;     /* not sent yet */
	bool             driven;
	/* The driver's alone, but for sent[].of. */
	struct redis_url   url;
	struct connection *c;               /* NULL: to be opened */
	struct buf         out;             /* from `written` on: still to be sent */
	size_t             written, begin, n_sent, heard;      /* sent[begin … begin + n_sent − 1]; `heard` of them whole */
	struct sent        sent[SENT];
};

struct line *
line_open(const struct redis_url *url)
{
	struct line *l = calloc(1, sizeof(*l));

	SURE(l != NULL && pthread_mutex_init(&l->lock, NULL) == 0);
	l->url = *url;
	l->last = &l->first;
	l->out = buf_heap(OUT_BYTES);
	return l;
}

void
line_close(struct line **owner)
{
	struct line *l = *owner;

	SURE(!l->driven && l->first == NULL);
	while (l->n_sent > 0)
		redis_answers_free(&l->sent[(l->begin + --l->n_sent) % SENT].answers);
	connection_close(&l->c);
	buf_free(&l->out);
	SURE(pthread_mutex_destroy(&l->lock) == 0);
	explicit_bzero(&l->url, sizeof(l->url));
	free(l);
	*owner = NULL;
}

static struct sent *
sent_at(struct line *l, size_t i)
{
	return &l->sent[(l->begin + i) % SENT];
}

/* Under the lock, as all down to the next that says otherwise: what was asked meanwhile goes out. */
static void
load(struct line *l)
{
	for (struct asker *a = l->first; a != NULL && l->n_sent < SENT; a = l->first) {
		*sent_at(l, l->n_sent++) = (struct sent){ .of = a, .n = a->n };
		buf_text(&l->out, a->bytes);
		l->first = a->next;
		l->last = l->first == NULL ? &l->first : l->last;
	}
	SURE(!l->out.overflow);
}

/* What he is told orders all that was done for him before what he does then; the bell alone would, but not every tool
 * knows sem_clockwait(). */
static void
tell(struct asker *a)
{
	__atomic_store_n(&a->state, a->fate, __ATOMIC_RELEASE);
}

static enum asker_state
told(const struct asker *a)
{
	return __atomic_load_n(&a->state, __ATOMIC_ACQUIRE);
}

/* He who waits is told once the lock is given back: then he may be gone at any time. */
static void
end(struct asker *a, enum asker_state how, struct asker **ringing)
{
	bool waits = a->fate == WAITS;

	a->fate = how;
	if (!waits) {      /* the driver himself */
		tell(a);
		return;
	}
	a->rung = *ringing;
	*ringing = a;
}

static void
hand_out(struct line *l, struct asker **ringing)
{
	for (; l->heard > 0; l->heard--, l->n_sent--, l->begin = (l->begin + 1) % SENT) {
		struct sent *s = sent_at(l, 0);

		if (s->of == NULL) {
			redis_answers_free(&s->answers);
			continue;
		}
		s->of->answers = s->answers;
		end(s->of, ANSWERED, ringing);
	}
}

/* He who asks gives up. */
static void
forget(struct line *l, const struct asker *a)
{
	struct asker **at = &l->first;

	for (size_t i = 0; i < l->n_sent; i++)
		if (sent_at(l, i)->of == a)
			sent_at(l, i)->of = NULL;
	while (*at != NULL && *at != a)
		at = &(*at)->next;
	if (*at == NULL)
		return;
	*at = a->next;
	l->last = a->next == NULL ? at : l->last;
}

/* All that were sent stand in front of the queue again, in their order. */
static void
take_back(struct line *l)
{
	l->out.len = l->written = l->heard = 0;
	for (; l->n_sent > 0; l->n_sent--) {
		struct sent *s = sent_at(l, l->n_sent - 1);

		redis_answers_free(&s->answers);
		if (s->of == NULL)
			continue;
		s->of->next = l->first;
		l->last = l->first == NULL ? &s->of->next : l->last;
		l->first = s->of;
	}
}

static void
fail_all(struct line *l, const char *why, struct asker **ringing)
{
	take_back(l);
	for (struct asker *a = l->first; a != NULL; a = a->next) {
		(void)snprintf(a->why, sizeof(a->why), "%s", why);
		end(a, BROKE, ringing);
	}
	l->first = NULL;
	l->last = &l->first;
}

/* The one whose turn is next drives on. */
static void
pass_on(struct line *l, struct asker **ringing)
{
	struct asker *next = NULL;

	for (size_t i = 0; i < l->n_sent && next == NULL; i++)
		next = sent_at(l, i)->of;
	if (next == NULL)
		next = l->first;
	l->driven = next != NULL;
	if (next != NULL)
		end(next, DRIVES, ringing);
}

/* Without the lock. */
static void
ring(struct asker *ringing)
{
	for (struct asker *a = ringing, *next; a != NULL; a = next) {
		next = a->rung;
		tell(a);
		SURE(sem_post(&a->bell) == 0);
	}
}

/* Connects, sends what is to be sent, reads at least once, and finds the answers in it. False: c->why says why not. */
static bool
exchange(struct line *l, int64_t until_us)
{
	if (l->c == NULL)
		l->c = connection_open(&l->url, until_us);
	if (l->c->redis == NULL || !connection_send(l->c, &l->out, &l->written, until_us) ||
	    !connection_hear(l->c, until_us))
		return false;
	for (; l->heard < l->n_sent; l->heard++) {
		struct sent *s = sent_at(l, l->heard);

		if (!connection_answers(l->c, s->n, &s->answers))
			return false;
		if (s->answers.n < s->n)
			return true;
	}
	return connection_is_silent(l->c);
}

/* What follows from an exchange that failed; the connection that is of no more use. One that has answered before may have
 * died of old age, or with its Redis: what is open is asked again on a fresh one. */
static struct connection *
recover(struct line *l, struct asker *me, struct asker **ringing)
{
	struct connection *lost = l->c;
	bool late = me->fate == DRIVES && clock_mono_us() >= me->until_us;

	if (late && me->hurried) {
		forget(l, me);
		end(me, LATE, ringing);
		if (lost->redis != NULL)
			return NULL;      /* it only has not answered yet */
	} else if (late || !lost->used) {
		fail_all(l, lost->why, ringing);
	}
	take_back(l);
	l->c = NULL;
	return lost;
}

static void
drive(struct line *l, struct asker *me)
{
	while (told(me) == DRIVES) {
		struct asker *ringing = NULL;
		struct connection *lost = NULL;
		bool good;

		SURE(pthread_mutex_lock(&l->lock) == 0);
		load(l);
		SURE(pthread_mutex_unlock(&l->lock) == 0);
		good = exchange(l, me->until_us);
		SURE(pthread_mutex_lock(&l->lock) == 0);
		hand_out(l, &ringing);
		if (!good)
			lost = recover(l, me, &ringing);
		if (me->fate != DRIVES)
			pass_on(l, &ringing);
		SURE(pthread_mutex_unlock(&l->lock) == 0);
		connection_close(&lost);
		ring(ringing);
	}
}

/* Under the lock: he who waits has no time left. The driver may be held up by what Redis has no part in (looking up its
 * name), but who had as long as anybody may take cannot tell. */
static void
give_up(struct line *l, struct asker *a)
{
	forget(l, a);
	a->fate = a->hurried ? LATE : BROKE;
	(void)snprintf(a->why, sizeof(a->why), "no answer in time");
	tell(a);
}

/* The bell may be about to ring when the time is over: then it is waited for, since it lives here. */
static void
wait_for_bell(struct line *l, struct asker *a)
{
	struct timespec until = { .tv_sec = a->until_us / 1000000, .tv_nsec = a->until_us % 1000000 * 1000 };
	int rc;

	while ((rc = sem_clockwait(&a->bell, CLOCK_MONOTONIC, &until)) != 0 && errno == EINTR)
		continue;
	if (rc == 0)
		return;
	SURE(pthread_mutex_lock(&l->lock) == 0);
	if (a->fate == WAITS) {
		give_up(l, a);
		rc = 0;
	}
	SURE(pthread_mutex_unlock(&l->lock) == 0);
	while (rc != 0)
		rc = sem_wait(&a->bell);
}

void
line_ask(struct line *l, struct asker *a)
{
	bool drives;

	SURE(sem_init(&a->bell, 0, 0) == 0);
	SURE(pthread_mutex_lock(&l->lock) == 0);
	drives = !l->driven;
	a->fate = a->state = drives ? DRIVES : WAITS;
	a->next = NULL;
	*l->last = a;
	l->last = &a->next;
	l->driven = true;
	SURE(pthread_mutex_unlock(&l->lock) == 0);
	if (!drives)
		wait_for_bell(l, a);
	drive(l, a);
	SURE(sem_destroy(&a->bell) == 0);
}
