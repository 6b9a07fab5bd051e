/* The threads that may wait. */
#include "services/notification/door/work.h"
#include <pthread.h>
#include <string.h>
#include "common/db/db.h"
#include "common/core/memory.h"

/* The longest list of alarms is 100 of a thousand characters, each up to six bytes when escaped: 600 kB, twice while
 * its buffer grows, beside the rows. */
enum { WORK_BYTES = 8 << 20 };

struct work {
	struct app     *app;
	pthread_mutex_t lock;          /* holds nothing else while it is held */
	pthread_cond_t  come;
	struct task    *first, *last;
	size_t          waiting, max_waiting;
	bool            stopping;
	size_t          n;
	pthread_t       threads[];
};

static struct task *
take(struct work *w)
{
	struct task *t;

	SURE(pthread_mutex_lock(&w->lock) == 0);
	while (w->first == NULL && !w->stopping)
		SURE(pthread_cond_wait(&w->come, &w->lock) == 0);
	t = w->stopping ? NULL : w->first;
	if (t != NULL) {
		w->first = t->next;
		w->waiting--;
	}
	SURE(pthread_mutex_unlock(&w->lock) == 0);
	return t;
}

static void *
work_thread(void *arg)
{
	struct work *w = arg;
	struct arena *mem = arena_open(WORK_BYTES);
	struct task *t;
	struct req rq;

	while ((t = take(w)) != NULL) {
		req_begin(&rq, w->app, mem, TEXT("socket"), WORK_MS);
		t->run(&rq, t);
		SURE(!db_in_tx(&rq));
		req_end(&rq);
		arena_reset(mem);
		memory_give(t);
	}
	arena_close(&mem);
	return NULL;
}

struct work *
work_open(struct app *app, int threads, size_t max_waiting)
{
	struct work *w = memory_zero(1, sizeof(*w) + sizeof(w->threads[0]) * (size_t)threads);

	SURE(w != NULL && pthread_mutex_init(&w->lock, NULL) == 0 && pthread_cond_init(&w->come, NULL) == 0);
	w->app = app;
	w->max_waiting = max_waiting;
	for (; w->n < (size_t)threads; w->n++)
		SURE(pthread_create(&w->threads[w->n], NULL, work_thread, w) == 0);
	return w;
}

static struct task *
copy_of(const struct task *t)
{
	struct task *copy = memory_take(sizeof(*copy) + t->json.len);

	SURE(copy != NULL);
	*copy = *t;
	copy->next = NULL;
	if (t->json.len > 0)
		memcpy(copy->bytes, t->json.at, t->json.len);
	copy->json.at = copy->bytes;
	return copy;
}

bool
work_put(struct work *w, const struct task *t, bool must)
{
	struct task *copy = copy_of(t);
	bool taken;

	SURE(pthread_mutex_lock(&w->lock) == 0);
	taken = !w->stopping && (must || w->waiting < w->max_waiting);
	if (taken) {
		if (w->first == NULL)
			w->first = copy;
		else
			w->last->next = copy;
		w->last = copy;
		w->waiting++;
		SURE(pthread_cond_signal(&w->come) == 0);
	}
	SURE(pthread_mutex_unlock(&w->lock) == 0);
	if (!taken)
		memory_give(copy);
	return taken;
}

void
work_stop(struct work *w)
{
	SURE(pthread_mutex_lock(&w->lock) == 0);
	w->stopping = true;
	SURE(pthread_cond_broadcast(&w->come) == 0 && pthread_mutex_unlock(&w->lock) == 0);
	for (size_t i = 0; i < w->n; i++)
		SURE(pthread_join(w->threads[i], NULL) == 0);
	w->n = 0;
	while (w->first != NULL) {
		struct task *next = w->first->next;

		memory_give(w->first);
		w->first = next;
	}
}

void
work_free(struct work **w)
{
	SURE((*w)->n == 0 && (*w)->first == NULL);
	SURE(pthread_cond_destroy(&(*w)->come) == 0 && pthread_mutex_destroy(&(*w)->lock) == 0);
	memory_give(*w);
	*w = NULL;
}
