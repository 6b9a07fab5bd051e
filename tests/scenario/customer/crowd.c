/* Many customers at once. */
#include "tests/scenario/customer/customer.h"
#include <pthread.h>
#include <stdlib.h>

enum { FEW = 8 };

struct task {
	void            (*one)(size_t i, void *arg);
	void             *arg;
	size_t            first, step, n;
	pthread_barrier_t *start;        /* NULL: no need to wait for the others */
};

static void *
run(void *arg)
{
	const struct task *t = arg;

	if (t->start != NULL)
		pthread_barrier_wait(t->start);
	for (size_t i = t->first; i < t->n; i += t->step)
		t->one(i, t->arg);
	return NULL;
}

static void
run_all(struct task *tasks, size_t threads)
{
	pthread_t *ids = calloc(threads, sizeof(*ids));

	SURE(ids != NULL);
	for (size_t i = 0; i < threads; i++)
		SURE(pthread_create(&ids[i], NULL, run, &tasks[i]) == 0);
	for (size_t i = 0; i < threads; i++)
		SURE(pthread_join(ids[i], NULL) == 0);
	free(ids);
}

static void
share(const struct task *whole, size_t threads)
{
	struct task *tasks = calloc(threads, sizeof(*tasks));

	SURE(tasks != NULL);
	for (size_t i = 0; i < threads; i++) {
		tasks[i] = *whole;
		tasks[i].first = i;
		tasks[i].step = threads;
	}
	run_all(tasks, threads);
	free(tasks);
}

void
crowd(size_t n, void (*one)(size_t i, void *arg), void *arg)
{
	pthread_barrier_t start;

	SURE(pthread_barrier_init(&start, NULL, (unsigned)n) == 0);
	share(&(struct task){ .one = one, .arg = arg, .n = n, .start = &start }, n);
	pthread_barrier_destroy(&start);
}

void
errands(size_t n, void (*one)(size_t i, void *arg), void *arg)
{
	share(&(struct task){ .one = one, .arg = arg, .n = n }, FEW);
}

void
play_enter(struct play *p)
{
	signup_ask(p);
	signup_send_code(p);
	signup_prove(p);
	signup_complete(p);
	signup_followers(p);
	log_in(p, &p->buyer);
}
