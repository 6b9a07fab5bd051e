/* One thread per publisher that is listened to. */
#include "common/inbox/inbox.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/inbox/room.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"

enum { WAIT_MS = 100, RECONNECT_MS = 500, RECONNECT_STEP_MS = 50 };

METRIC(lag, GAUGE, "dure_inbox_lag_events", "publisher",
    "Events behind the publisher, in the partitions held here");
METRIC(lag_age, SECONDS, "dure_inbox_lag_seconds", "publisher",
    "Time since everything of the publisher was known to be handled, in the partitions held here");

bool
inbox_stopping(const struct inbox_thread *t)
{
	return __atomic_load_n(&t->in->stop, __ATOMIC_ACQUIRE);
}

static void
wait_a_little(const struct inbox_thread *t)
{
	const struct timespec step = { 0, RECONNECT_STEP_MS * 1000000L };

	for (int ms = 0; ms < RECONNECT_MS && !inbox_stopping(t); ms += RECONNECT_STEP_MS)
		(void)nanosleep(&step, NULL);
}

static bool
to_ask(const struct inbox_thread *t, int p)
{
	return t->part[p].owned && t->feed.behind[p] && t->part[p].retry_us <= clock_mono_us();
}

/* Without an answer of the publisher nobody knows, so the age grows. */
static void
gauge_lag(struct inbox_thread *t, bool known)
{
	int64_t now = clock_mono_us(), behind = 0;

	for (int p = 0; p < OUTBOX_PARTITIONS; p++)
		if (t->part[p].owned && t->feed.heads[p] > t->part[p].cursor)
			behind += t->feed.heads[p] - t->part[p].cursor;
	if (t->caught_up_us == 0 || t->session == NULL || (known && behind == 0))
		t->caught_up_us = now;
	metric_set(&lag, t->feed.publisher, t->session == NULL ? 0 : behind);
	metric_set_us(&lag_age, t->feed.publisher, now - t->caught_up_us);
}

/* One question for each partition that is behind, so that none waits for another's backlog. */
static void
ask_for_missing(struct inbox_thread *t)
{
	int64_t oldest;

	for (int p = 0; p < OUTBOX_PARTITIONS && !inbox_stopping(t); p++) {
		if (!to_ask(t, p))
			continue;
		enum feed_found found = feed_refill(&t->feed, p, &oldest);
		if (found == FEED_NO_ANSWER)
			return;
		if (found == FEED_EXPIRED)
			inbox_jump(t, p, oldest);
		else
			inbox_handle_hand(t);
		if (t->session == NULL)
			return;
	}
}

static void
catch_up(struct inbox_thread *t)
{
	bool known = feed_heads(&t->feed, false);

	if (known)
		ask_for_missing(t);
	gauge_lag(t, known);
}

static bool
anything_to_ask(const struct inbox_thread *t)
{
	for (int p = 0; p < OUTBOX_PARTITIONS; p++)
		if (to_ask(t, p))
			return true;
	return false;
}

static void *
inbox_run(void *arg)
{
	struct inbox_thread *t = arg;

	while (!inbox_stopping(t)) {
		if (!inbox_share(t)) {
			wait_a_little(t);
			continue;
		}
		feed_receive(&t->feed, anything_to_ask(t) && !t->feed.silent ? 0 : WAIT_MS);
		inbox_handle_hand(t);
		if (t->session != NULL)
			catch_up(t);
		if (t->session != NULL)
			inbox_redrive(t);
	}
	inbox_share_end(t);
	return NULL;
}

static bool
has_thread(const struct inbox *in, const char *publisher)
{
	for (size_t i = 0; i < in->n; i++)
		if (strcmp(in->at[i].feed.publisher, publisher) == 0)
			return true;
	return false;
}

static const struct err *
add_thread(struct req *rq, struct inbox *in, const char *publisher)
{
	struct inbox_thread *t = &in->at[in->n];

	SURE(in->n < COUNT_OF(in->at));
	TRY(feed_open(rq, &t->feed, in->app, publisher));
	t->in = in;
	t->mem = arena_open(INBOX_ARENA_BYTES);
	in->n++;
	SURE(pthread_create(&t->thread, NULL, inbox_run, t) == 0);
	return NULL;
}

const struct err *
inbox_open(struct req *rq, struct inbox **out, struct app *app, const struct inbox_listen *listens,
    size_t n)
{
	struct inbox *in = calloc(1, sizeof(*in));

	SURE(in != NULL);
	*out = NULL;
	*in = (struct inbox){ .app = app, .listens = listens, .n_listens = n };
	for (size_t i = 0; i < n; i++) {
		if (has_thread(in, listens[i].type->publisher))
			continue;
		const struct err *e = add_thread(rq, in, listens[i].type->publisher);
		if (e != NULL) {
			inbox_close(&in);
			return e;
		}
	}
	*out = in;
	return NULL;
}

void
inbox_close(struct inbox **in)
{
	if (*in == NULL)
		return;
	__atomic_store_n(&(*in)->stop, true, __ATOMIC_RELEASE);
	for (size_t i = 0; i < (*in)->n; i++)
		feed_stop(&(*in)->at[i].feed);
	for (size_t i = 0; i < (*in)->n; i++) {
		struct inbox_thread *t = &(*in)->at[i];
		SURE(pthread_join(t->thread, NULL) == 0);
		feed_close(&t->feed);
		arena_close(&t->mem);
	}
	free(*in);
	*in = NULL;
}
