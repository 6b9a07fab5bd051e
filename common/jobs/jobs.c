/* The workers: threads that look when they are woken, and by themselves now and then. */
#include <stdlib.h>
#include <string.h>

#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/jobs/worker.h"
#include "common/log/log.h"

/* One look for all workers together. After a failure (the database is away) it waits longer. */
enum { LOOK_US = 200000, TROUBLE_US = 1000000, ARENA_BYTES = 64 << 20 };

static void *
zeroed(size_t n, size_t size)
{
	void *at = calloc(n == 0 ? 1 : n, size);

	SURE(at != NULL);
	return at;
}

static void
sort_kinds(struct jobs *j)
{
	for (size_t i = 0; i < j->n_types; i++) {
		const struct job_type *type = &j->types[i];

		if (type->tx == TX_WRITE) {
			j->locked[j->n_locked++] = text_of(type->kind);
			continue;
		}
		j->leases[j->n_leased] = type->lease_s > 0 ? type->lease_s : 60;
		j->leased[j->n_leased++] = text_of(type->kind);
	}
}

static struct jobs *
make(struct app *app, const struct job_type *types, size_t n, int threads)
{
	struct jobs *j = zeroed(1, sizeof(*j));
	pthread_condattr_t monotonic;

	*j = (struct jobs){ .app = app, .types = types, .n_types = n, .n_threads = (size_t)threads };
	j->leased = zeroed(n, sizeof(*j->leased));
	j->locked = zeroed(n, sizeof(*j->locked));
	j->leases = zeroed(n, sizeof(*j->leases));
	j->day_begun = zeroed(n, sizeof(*j->day_begun));
	j->threads = zeroed((size_t)threads, sizeof(*j->threads));
	for (size_t i = 0; i < n; i++)
		j->day_begun[i] = INT64_MIN;
	sort_kinds(j);
	SURE(pthread_mutex_init(&j->lock, NULL) == 0);
	SURE(pthread_condattr_init(&monotonic) == 0);
	SURE(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
	SURE(pthread_cond_init(&j->asked, &monotonic) == 0);
	(void)pthread_condattr_destroy(&monotonic);
	return j;
}

/* Waits for a wake or the time to look; false when the workers stop. The first to get the time takes it from
 * the others. */
static bool
wait_turn(struct jobs *j)
{
	bool go;

	(void)pthread_mutex_lock(&j->lock);
	while (!j->stopping && j->looks == 0 && clock_mono_us() < j->next_look_us) {
		struct timespec until = { j->next_look_us / 1000000, (j->next_look_us % 1000000) * 1000 };
		(void)pthread_cond_timedwait(&j->asked, &j->lock, &until);
	}
	j->looks -= j->looks > 0 ? 1 : 0;
	j->next_look_us = clock_mono_us() + LOOK_US;
	go = !j->stopping;
	(void)pthread_mutex_unlock(&j->lock);
	return go;
}

/* What woke us stays to be done, but not before the pause is over. */
static void
rest(struct jobs *j)
{
	(void)pthread_mutex_lock(&j->lock);
	j->looks = 0;
	j->next_look_us = clock_mono_us() + TROUBLE_US;
	(void)pthread_mutex_unlock(&j->lock);
}

static bool
is_stopping(struct jobs *j)
{
	bool stopping;

	(void)pthread_mutex_lock(&j->lock);
	stopping = j->stopping;
	(void)pthread_mutex_unlock(&j->lock);
	return stopping;
}

static void *
work(void *arg)
{
	struct jobs *j = arg;
	struct arena *mem = arena_open(ARENA_BYTES);

	while (wait_turn(j)) {
		bool ran = true;
		while (ran && !is_stopping(j)) {
			const struct err *e = jobs_turn(j, mem, &ran);
			if (e != NULL) {
				log_err(NULL, LV_WARN, "jobs.trouble", e);
				rest(j);
				ran = false;
			}
			panic_holds(NULL);
		}
	}
	arena_close(&mem);
	return NULL;
}

const struct err *
jobs_open(struct req *rq, struct jobs **out, struct app *app, const struct job_type *types, size_t n, int threads)
{
	struct jobs *j;

	SURE(app->db != NULL && threads >= 0);
	for (size_t i = 0; i < n; i++)
		SURE(types[i].door != NULL && types[i].tries > 0 && types[i].daily_hour_kst < 24);
	j = make(app, types, n, threads);
	*out = j;                      /* before the first thread, whose step may put a job and wake us */
	for (int i = 0; i < threads; i++) {
		if (pthread_create(&j->threads[i], NULL, work, j) != 0) {
			jobs_close(out);
			return FAIL(rq, INTERNAL, "jobs.no_thread", "no thread for the jobs");
		}
		j->n_started++;
	}
	return NULL;
}

void
jobs_wake(struct jobs *j)
{
	(void)pthread_mutex_lock(&j->lock);
	j->looks = j->looks < j->n_threads ? j->looks + 1 : j->looks;
	(void)pthread_cond_signal(&j->asked);
	(void)pthread_mutex_unlock(&j->lock);
}

void
jobs_close(struct jobs **jobs)
{
	struct jobs *j = *jobs;

	if (j == NULL)
		return;
	(void)pthread_mutex_lock(&j->lock);
	j->stopping = true;
	(void)pthread_cond_broadcast(&j->asked);
	(void)pthread_mutex_unlock(&j->lock);
	for (size_t i = 0; i < j->n_started; i++)
		(void)pthread_join(j->threads[i], NULL);
	(void)pthread_cond_destroy(&j->asked);
	(void)pthread_mutex_destroy(&j->lock);
	free(j->leased);
	free(j->locked);
	free(j->leases);
	free(j->day_begun);
	free(j->threads);
	free(j);
	*jobs = NULL;
}
