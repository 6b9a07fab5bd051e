/* What is in hand, sorted by partitions, in transactions of as many events as may go together. */
#include "common/core/clock.h"
#include "common/inbox/batch.h"

enum { BATCH_BYTES = 1048576 };

/* What is in hand of one partition, the first of them behind the cursor. */
struct queue { const struct feed_event *const *events; size_t n; };

/* How many of the queue still go into a batch that has b->n events of *bytes. */
static size_t
run_size(const struct batch *b, const struct queue *q, size_t *bytes)
{
	size_t take = 0;

	while (take < q->n && b->n + take < INBOX_BATCH &&
	    (b->n + take == 0 || *bytes + q->events[take]->raw.len <= BATCH_BYTES))
		*bytes += q->events[take++]->raw.len;
	return take;
}

/* The next batch; false when nothing can be handled now. One that is to be tried by itself gets a batch of its own. */
static bool
next_batch(const struct inbox_thread *t, const struct queue queues[OUTBOX_PARTITIONS], struct batch *b)
{
	size_t bytes = 0;

	*b = (struct batch){ .n = 0 };
	for (int p = 0; p < OUTBOX_PARTITIONS && b->n < INBOX_BATCH; p++) {
		const struct part *part = &t->part[p];
		const struct queue *q = &queues[p];
		bool ready = part->owned && q->n > 0 && part->retry_us <= clock_mono_us();
		bool alone = ready && part->singly >= q->events[0]->e.seq;

		if (!ready || (alone && b->n > 0))
			continue;
		size_t take = alone ? 1 : run_size(b, q, &bytes);
		if (take == 0)
			break;
		b->run[b->n_runs++] = (struct run){ p, q->events, take, q->events[take - 1]->e.seq };
		b->n += take;
		if (alone)
			break;
	}
	return b->n > 0;
}

static void
drop_handled(const struct inbox_thread *t, struct queue queues[OUTBOX_PARTITIONS])
{
	for (int p = 0; p < OUTBOX_PARTITIONS; p++) {
		struct queue *q = &queues[p];
		while (q->n > 0 && q->events[0]->e.seq <= t->part[p].cursor)
			*q = (struct queue){ q->events + 1, q->n - 1 };
	}
}

/* What is left over is asked for again. */
static void
handle_queues(struct inbox_thread *t, struct queue queues[OUTBOX_PARTITIONS])
{
	struct batch b;
	bool go_on = true;

	while (go_on && !inbox_stopping(t) && next_batch(t, queues, &b)) {
		go_on = inbox_handle_batch(t, &b);
		drop_handled(t, queues);
	}
	for (int p = 0; p < OUTBOX_PARTITIONS; p++) {
		if (queues[p].n == 0)
			continue;
		t->feed.at[p] = t->part[p].cursor;
		t->feed.behind[p] = true;
	}
}

void
inbox_handle_hand(struct inbox_thread *t)
{
	const struct feed_event *events[FEED_BURST];
	struct queue queues[OUTBOX_PARTITIONS];
	size_t n = 0;

	for (int p = 0; p < OUTBOX_PARTITIONS; p++) {
		queues[p] = (struct queue){ events + n, 0 };
		for (size_t i = 0; i < t->feed.n && t->part[p].owned; i++)
			if (t->feed.events[i].e.partition == p)
				events[n++] = &t->feed.events[i];
		queues[p].n = (size_t)(events + n - queues[p].events);
	}
	if (n > 0)
		handle_queues(t, queues);
}
