/* What is handled in one transaction; between hand.c, which chooses it, and handle.c, which does it. */
#ifndef INBOX_BATCH_H
#define INBOX_BATCH_H
#include "common/inbox/room.h"

/* Consecutive events of one partition; the cursor stands at `to` behind them. */
struct run {
	int                             partition;
	const struct feed_event *const *events;
	size_t                          n;
	int64_t                         to;
};

/* To be handled in one transaction or not at all, so that events that came together cost one commit however many
 * partitions they are of. */
struct batch {
	struct run run[OUTBOX_PARTITIONS];      /* each of another partition */
	size_t     n_runs, n;                   /* n: events in all */
	bool       moved;                       /* out: somebody else has moved a cursor */
};

/* Handles all of it, or decides what becomes of it: t->part says when and how it is tried again. False: this replica does
 * not know its cursors any more. */
bool inbox_handle_batch(struct inbox_thread *t, struct batch *b);
#endif
