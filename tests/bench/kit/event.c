/* The same two questions to each way of carrying events: how fast is a backlog handled, how late is one that is told at
 * its time. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/core/id.h"
#include "common/core/text.h"
#include "common/pack/pack.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/bench/kit/kit.h"

enum { MOST = 1000000, WARM_UP = 50, PATIENCE_S = 60 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  all_heard = PTHREAD_COND_INITIALIZER;
static size_t          wanted, heard;
static int64_t        *told_us, *heard_us;
static bool           *known;

struct order_placed_v1
event_of(struct arena *mem, size_t number, struct uuid user)
{
	return (struct order_placed_v1){ .order_id = uuid_new(),
		.order_no = text_of(arena_printf(mem, "20260102000000_%025zu", number)), .user_id = user, .company_id = user,
		.first_product = TEXT("a product of the bench"), .line_count = 1, .total_krw = (int64_t)number, .paid_krw = 1000,
		.recipient = TEXT("Bench"), .phone = TEXT("01000000000"), .placed_at = INT64_C(1767312000000000) };
}

size_t
event_payload(size_t number, char to[EVENT_BYTES])
{
	struct arena *mem = arena_open(65536);
	struct buf out = buf_in(mem, EVENT_BYTES);
	struct order_placed_v1 e = event_of(mem, number, uuid_new());

	pack_write(&out, &order_placed_v1_type, &e);
	if (out.overflow)
		kit_die("payload", "too large");
	memcpy(to, out.at, out.len);
	arena_close(&mem);
	return out.len;
}

void
event_read(const void *payload, size_t len, struct event_row *out)
{
	struct arena *mem = arena_open(1048576);
	struct order_placed_v1 e = { .line_count = 0 };
	struct req rq;

	req_begin(&rq, NULL, mem, TEXT("event"), 1000);
	if (pack_read(&rq, (struct text){ payload, len }, &order_placed_v1_type, &e) != NULL)
		kit_die("event", "malformed");
	out->number = e.total_krw;
	(void)snprintf(out->order_no, sizeof(out->order_no), "%.*s", TEXT_ARG(e.order_no));
	req_end(&rq);
	arena_close(&mem);
}

void
event_heard(const struct event_row *rows, size_t n)
{
	int64_t now = kit_now_us();

	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < n; i++) {
		size_t number = (size_t)rows[i].number;
		if (number >= MOST || known[number])
			continue;
		known[number] = true;
		heard_us[number] = now;
		heard++;
	}
	if (heard >= wanted)
		(void)pthread_cond_signal(&all_heard);
	(void)pthread_mutex_unlock(&lock);
}

/* The moment at which the last of them was heard. */
static int64_t
wait_for(size_t n)
{
	struct timespec until;
	int64_t last = 0;
	int rc = 0;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	(void)pthread_mutex_lock(&lock);
	wanted = n;
	while (heard < n && rc == 0)
		rc = pthread_cond_timedwait(&all_heard, &lock, &until);
	if (rc != 0)
		kit_die("events", "some were not heard within a minute");
	for (size_t i = 0; i < n; i++)
		last = heard_us[i] > last ? heard_us[i] : last;
	(void)pthread_mutex_unlock(&lock);
	return last;
}

/* Connections and plans. */
static void
warm_up(const struct event_side *side)
{
	for (size_t i = 0; i < WARM_UP; i++)
		side->tell(i, 1);
	(void)wait_for(WARM_UP);
}

static void
drain(const struct event_side *side, size_t n)
{
	size_t first = side->listen == NULL ? WARM_UP : 0;

	if (side->listen == NULL)
		warm_up(side);
	int64_t cpu = kit_cpu_us();
	side->tell(first, n);
	int64_t begun = kit_now_us();
	if (side->listen != NULL)
		side->listen();
	int64_t took = wait_for(first + n) - begun;
	kit_report(n, took, kit_cpu_us() - cpu, NULL, 0);
}

static void
sleep_until(int64_t us)
{
	struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
		continue;
}

/* What was heard before the teller knew that it was told came at once. */
static void
paced(const struct event_side *side, size_t n, int64_t per_second)
{
	if (side->listen != NULL)
		side->listen();
	warm_up(side);
	int64_t begun = kit_now_us(), cpu = kit_cpu_us();
	for (size_t i = 0; i < n; i++) {
		sleep_until(begun + (int64_t)i * 1000000 / per_second);
		side->tell(WARM_UP + i, 1);
		told_us[WARM_UP + i] = kit_now_us();
	}
	int64_t took = wait_for(WARM_UP + n) - begun;
	cpu = kit_cpu_us() - cpu;
	for (size_t i = WARM_UP; i < WARM_UP + n; i++)
		told_us[i] = heard_us[i] > told_us[i] ? heard_us[i] - told_us[i] : 0;
	kit_report(n, took, cpu, told_us + WARM_UP, n);
}

int
event_main(int argc, char **argv, const struct event_side *side)
{
	size_t n = argc == 6 ? (size_t)atol(argv[2]) : 0;

	if (n < 1 || n + WARM_UP >= MOST)
		kit_die("usage", "drain|paced <n> <per second> <file with the database's address> <where>");
	told_us = calloc(MOST, sizeof(*told_us));
	heard_us = calloc(MOST, sizeof(*heard_us));
	known = calloc(MOST, sizeof(*known));
	if (told_us == NULL || heard_us == NULL || known == NULL)
		kit_die("memory", "none");
	wanted = MOST;
	side->open(argv[5], kit_line_of(argv[4]));
	if (strcmp(argv[1], "drain") == 0)
		drain(side, n);
	else
		paced(side, n, atol(argv[3]));
	_Exit(0);      /* threads of the side may still wait for more */
}
