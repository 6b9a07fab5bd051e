/* A tap: hears one publisher from now on, in order and without holes, and forgets. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/core/app.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/inbox/room.h"
#include "common/log/log.h"

enum { TAP_WAIT_MS = 100, TAP_STEP_MS = 10000 };

struct tap {
	struct app   *app;
	struct feed   feed;
	tap_hear     *hear;
	void         *arg;
	struct arena *mem;
	bool          stop;        /* atomic */
	bool          begun;       /* atomic */
	pthread_t     thread;
};

static bool
stopping(const struct tap *t)
{
	return __atomic_load_n(&t->stop, __ATOMIC_ACQUIRE);
}

static void
hear_one(struct tap *t, const struct envelope *e)
{
	struct req rq;

	req_begin(&rq, t->app, t->mem, TEXT("tap"), TAP_STEP_MS);
	req_follow(&rq, e->trace, (struct text){ NULL, 0 });
	rq.who = WHO_SERVICE;
	rq.company = e->tenant;
	t->hear(t->arg, &rq, e);
	const struct err *failed = db_close(&rq, true);
	if (failed != NULL)
		log_err(&rq, LV_WARN, "tap.failed", failed);
	req_end(&rq);
	arena_reset(t->mem);
}

static void
hear_hand(struct tap *t)
{
	for (size_t i = 0; i < t->feed.n; i++)
		if (!t->feed.events[i].broken)
			hear_one(t, &t->feed.events[i].e);
}

static void
catch_up(struct tap *t)
{
	int64_t oldest;

	if (!feed_heads(&t->feed, false))
		return;
	for (int p = 0; p < OUTBOX_PARTITIONS && !stopping(t); p++) {
		if (!t->feed.behind[p])
			continue;
		enum feed_found found = feed_refill(&t->feed, p, &oldest);
		if (found == FEED_EXPIRED)
			t->feed.at[p] = oldest - 1;
		else if (found == FEED_FOUND)
			hear_hand(t);
	}
}

/* "Now" is the moment the publisher first answers; SUB listens already, so nothing falls in
 * between. */
static void
begin_now(struct tap *t)
{
	const struct timespec pause = { 0, TAP_WAIT_MS * 1000000L };

	feed_receive(&t->feed, 0);
	while (!stopping(t) && !feed_heads(&t->feed, true)) {
		(void)nanosleep(&pause, NULL);
		feed_receive(&t->feed, 0);
	}
	for (int p = 0; p < OUTBOX_PARTITIONS; p++) {
		t->feed.at[p] = t->feed.heads[p];
		t->feed.want[p] = true;
		t->feed.behind[p] = false;
	}
	__atomic_store_n(&t->begun, !stopping(t), __ATOMIC_RELEASE);
}

static bool
any_behind(const struct tap *t)
{
	for (int p = 0; p < OUTBOX_PARTITIONS; p++)
		if (t->feed.behind[p] && !t->feed.silent)
			return true;
	return false;
}

static void *
tap_run(void *arg)
{
	struct tap *t = arg;

	begin_now(t);
	while (!stopping(t)) {
		feed_receive(&t->feed, any_behind(t) ? 0 : TAP_WAIT_MS);
		hear_hand(t);
		catch_up(t);
	}
	return NULL;
}

const struct err *
tap_open(struct req *rq, struct tap **out, struct app *app, const char *publisher, tap_hear *hear,
    void *arg)
{
	struct tap *t = calloc(1, sizeof(*t));

	SURE(t != NULL);
	*out = NULL;
	const struct err *e = feed_open(rq, &t->feed, app, publisher);
	if (e != NULL) {
		free(t);
		return e;
	}
	t->app = app;
	t->hear = hear;
	t->arg = arg;
	t->mem = arena_open(INBOX_ARENA_BYTES);
	SURE(pthread_create(&t->thread, NULL, tap_run, t) == 0);
	*out = t;
	return NULL;
}

bool
tap_hears(const struct tap *t)
{
	return __atomic_load_n(&t->begun, __ATOMIC_ACQUIRE);
}

void
tap_close(struct tap **t)
{
	if (*t == NULL)
		return;
	__atomic_store_n(&(*t)->stop, true, __ATOMIC_RELEASE);
	feed_stop(&(*t)->feed);
	SURE(pthread_join((*t)->thread, NULL) == 0);
	feed_close(&(*t)->feed);
	arena_close(&(*t)->mem);
	free(*t);
	*t = NULL;
}
