/* Requests that wait for an event. However many wait, one of them looks for all. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/outside/room.h"

/* Events of other replicas come to be known by looking alone. */
enum { LOOK_EVERY_US = 100000 };

METRIC(waiting, GAUGE, "dure_outside_waiting", NULL, "Requests for events that wait for one");

struct watch {
	pthread_mutex_t lock;          /* guards what follows; nothing is taken under it */
	pthread_cond_t  changed;
	int             most, inside;
	int64_t         sum;           /* of the heads, as last seen */
	int64_t         next_look_us;
	bool            looking;       /* one of the waiting is at it */
};

struct watch *
outside_watch_open(int most)
{
	struct watch *w = calloc(1, sizeof(*w));
	pthread_condattr_t monotonic;

	SURE(w != NULL && pthread_mutex_init(&w->lock, NULL) == 0);
	SURE(pthread_condattr_init(&monotonic) == 0 && pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
	SURE(pthread_cond_init(&w->changed, &monotonic) == 0 && pthread_condattr_destroy(&monotonic) == 0);
	w->most = most;
	return w;
}

void
outside_watch_close(struct watch **w)
{
	if (*w == NULL)
		return;
	SURE(pthread_cond_destroy(&(*w)->changed) == 0 && pthread_mutex_destroy(&(*w)->lock) == 0);
	free(*w);
	*w = NULL;
}

bool
outside_watch_enter(struct watch *w)
{
	SURE(pthread_mutex_lock(&w->lock) == 0);
	bool enters = w->inside < w->most;
	w->inside += enters;
	metric_set(&waiting, NULL, w->inside);
	SURE(pthread_mutex_unlock(&w->lock) == 0);
	return enters;
}

void
outside_watch_leave(struct watch *w)
{
	SURE(pthread_mutex_lock(&w->lock) == 0);
	metric_set(&waiting, NULL, --w->inside);
	SURE(pthread_mutex_unlock(&w->lock) == 0);
}

/* Called and returns with the lock held, which is let go of meanwhile. */
static void
look(struct req *rq, struct watch *w)
{
	struct outside_edges edges;

	w->looking = true;
	SURE(pthread_mutex_unlock(&w->lock) == 0);
	const struct err *e = outside_look(rq, &edges);
	if (e != NULL)
		log_err(rq, LV_WARN, "outside.cannot_look", e);
	SURE(pthread_mutex_lock(&w->lock) == 0);
	if (e == NULL)
		w->sum = edges.heads_sum;
	w->looking = false;
	w->next_look_us = clock_mono_us() + LOOK_EVERY_US;
	SURE(pthread_cond_broadcast(&w->changed) == 0);
}

static void
doze(struct watch *w, int64_t until_us)
{
	struct timespec until = { until_us / 1000000, until_us % 1000000 * 1000 };
	int rc = pthread_cond_timedwait(&w->changed, &w->lock, &until);

	SURE(rc == 0 || rc == ETIMEDOUT);
}

static bool
is_ending(const struct req *rq)
{
	return __atomic_load_n(&rq->app->draining, __ATOMIC_ACQUIRE);
}

void
outside_watch_wait(struct req *rq, struct watch *w, int64_t seen, int64_t until_mono_us)
{
	int64_t now_us;

	SURE(pthread_mutex_lock(&w->lock) == 0);
	while ((now_us = clock_mono_us()) < until_mono_us && w->sum <= seen && !is_ending(rq)) {
		if (!w->looking && now_us >= w->next_look_us)
			look(rq, w);
		else
			doze(w, w->looking || w->next_look_us > until_mono_us ? now_us + LOOK_EVERY_US : w->next_look_us);
	}
	SURE(pthread_mutex_unlock(&w->lock) == 0);
}
