/* A network that is cut under load, and a subscriber that is frozen through a burst: nothing is lost, and nobody else
 * notices. Longer and larger by hand: EVENTS_CUT_MS=60000, EVENTS_BURST=100000. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/core/clock.h"
#include "tests/integration/events/wall.h"
#include "tests/integration/events/world.h"
#include "tests/kit/kit.h"

enum { WRITERS = 4, CUT_MS = 2000, BURST = 20000, WARM_UP = 500, EVENTS_A_WRITE = 2 };

static int64_t
size_of(const char *name, int64_t usual)
{
	const char *value = getenv(name);

	return value != NULL ? strtoll(value, NULL, 10) : usual;
}

/* ---- writers that time each write */

struct writing { struct world *w; bool *stop; int64_t most, done; int64_t *us; };

static void *
write_on(void *arg)
{
	struct writing *job = arg;
	struct writer wr = writer_open(job->w);

	for (; job->done < job->most && !__atomic_load_n(job->stop, __ATOMIC_ACQUIRE); job->done++) {
		int64_t began_us = clock_mono_us();
		write_event(&wr, (int)(job->done % WORLD_KEYS));
		job->us[job->done] = clock_mono_us() - began_us;
	}
	writer_close(&wr);
	return NULL;
}

struct load { struct writing job[WRITERS]; pthread_t thread[WRITERS]; bool stop; };

static void
load_begin(struct load *l, struct world *w, int64_t most)
{
	l->stop = false;
	for (int i = 0; i < WRITERS; i++) {
		l->job[i] = (struct writing){ w, &l->stop, most, 0, calloc((size_t)most, sizeof(int64_t)) };
		SURE(l->job[i].us != NULL);
		SURE(pthread_create(&l->thread[i], NULL, write_on, &l->job[i]) == 0);
	}
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Of all writes, in microseconds; how many there were in *n. */
static int64_t
load_end(struct load *l, bool stop, int64_t *n)
{
	int64_t *all = calloc((size_t)(WRITERS * l->job[0].most), sizeof(*all)), p99;

	SURE(all != NULL);
	*n = 0;
	__atomic_store_n(&l->stop, stop, __ATOMIC_RELEASE);
	for (int i = 0; i < WRITERS; i++) {
		struct writing *job = &l->job[i];
		SURE(pthread_join(l->thread[i], NULL) == 0);
		for (int64_t k = 0; k < job->done; k++)
			all[(*n)++] = job->us[k];
		free(job->us);
	}
	qsort(all, (size_t)*n, sizeof(*all), by_size);
	p99 = *n > 0 ? all[*n * 99 / 100] : 0;
	free(all);
	return p99;
}

/* ---- the tests */

Test(frozen, a_network_cut_under_load_loses_nothing_and_keeps_the_order, .timeout = 240)
{
	int64_t cut_ms = size_of("EVENTS_CUT_MS", CUT_MS), n;
	struct world w;
	struct wall wall;
	struct load load;

	world_open(&w);
	wall_open(&wall, (const int[]){ w.pub_port[0], w.ask_port[0] });
	(void)world_start(&w, SHOP, 0, "");
	(void)world_start(&w, TILL, 0, "");
	(void)snprintf(w.peers, sizeof(w.peers), "shop=127.0.0.1:%d:%d", wall.ports[0], wall.ports[1]);
	(void)world_start(&w, DESK, 0, "");
	load_begin(&load, &w, 1000000);
	world_until(&w, DESK, "SELECT (count(n) > 100)::int FROM heard", 1, 20000);
	wall_freeze(&wall);
	int64_t until_us = clock_mono_us() + cut_ms * 1000, numbered = world_sql(&w, SHOP, "SELECT sum(seq) FROM outbox_head");
	kit_until(cut_ms + 5000, clock_mono_us() >= until_us);
	int64_t behind = world_sql(&w, SHOP, "SELECT sum(n) FROM keys") - world_sql(&w, DESK, "SELECT count(n) FROM heard");
	cr_assert_gt(behind, 0, "the cut has cut nothing");
	cr_assert_gt(world_sql(&w, SHOP, "SELECT sum(seq) FROM outbox_head"), numbered, "the relay waits for the cut off");
	wall_thaw(&wall);
	(void)load_end(&load, true, &n);
	world_all_heard_by(&w, TILL, 60000);
	int64_t began_us = clock_mono_us();
	world_all_heard(&w, 60000);
	printf("  cut for %lld ms, %lld writes, %lld behind then, caught up %lld ms after the last of them\n", (long long)cut_ms,
	    (long long)n, (long long)behind, (long long)((clock_mono_us() - began_us) / 1000));
	wall_close(&wall);
	world_close(&w);
}

Test(frozen, a_subscriber_frozen_through_a_burst_costs_the_publisher_nothing_and_the_others_neither, .timeout = 600)
{
	int64_t burst = size_of("EVENTS_BURST", BURST), each = burst / EVENTS_A_WRITE / WRITERS, n, before, during;
	struct world w;
	struct load load;

	world_open(&w);
	(void)world_start(&w, SHOP, 0, "");
	(void)world_start(&w, TILL, 0, "");
	pid_t desk = world_start(&w, DESK, 0, "");
	load_begin(&load, &w, WARM_UP);
	(void)load_end(&load, false, &n);
	world_all_heard(&w, 60000);
	load_begin(&load, &w, each / 4);
	before = load_end(&load, false, &n);
	world_all_heard(&w, 60000);
	world_all_heard_by(&w, TILL, 60000);
	SURE(kill(desk, SIGSTOP) == 0);
	load_begin(&load, &w, each);
	during = load_end(&load, false, &n);
	int64_t began_us = clock_mono_us();
	world_all_heard_by(&w, TILL, 60000);
	int64_t others_us = clock_mono_us() - began_us;
	SURE(kill(desk, SIGCONT) == 0);
	began_us = clock_mono_us();
	world_all_heard(&w, 120000);
	printf("  %lld events: a write took %lld us (p99) with all awake, %lld us with one frozen; the other was done %lld ms "
	    "after the last, the frozen one %lld ms after it went on\n", (long long)n * EVENTS_A_WRITE, (long long)before,
	    (long long)during, (long long)(others_us / 1000), (long long)((clock_mono_us() - began_us) / 1000));
	cr_assert_lt(during, 3 * before + 20000);
	world_close(&w);
}
