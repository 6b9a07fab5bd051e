/* Transactions that put events. */
#include <stdlib.h>

#include "tests/integration/events/steps.h"
#include "tests/integration/events/world.h"

enum { WRITE_MS = 20000 };

struct writer
writer_open(struct world *w)
{
	return (struct writer){ w, arena_open(4 * 1024 * 1024) };
}

void
writer_close(struct writer *wr)
{
	arena_close(&wr->mem);
}

void
write_event(struct writer *wr, int key)
{
	struct req rq;

	req_begin(&rq, &wr->w->app, wr->mem, TEXT("writer"), WRITE_MS);
	rq.tx = TX_WRITE;
	SURE(thing_move(&rq, key) == NULL);
	SURE(db_close(&rq, true) == NULL);
	req_end(&rq);
	arena_reset(wr->mem);
}

void
write_events(struct writer *wr, int n)
{
	for (int i = 0; i < n; i++)
		write_event(wr, i % WORLD_KEYS);
}

void
held_open(struct held *h, struct world *w, int key)
{
	h->wr = writer_open(w);
	req_begin(&h->rq, &w->app, h->wr.mem, TEXT("late writer"), WRITE_MS);
	h->rq.tx = TX_WRITE;
	SURE(thing_move(&h->rq, key) == NULL);
	/* What was queued goes out with a statement that is waited for: another event of the
	 * same key. */
	SURE(thing_move(&h->rq, key) == NULL);
}

void
held_commit(struct held *h)
{
	SURE(db_close(&h->rq, true) == NULL);
	req_end(&h->rq);
	writer_close(&h->wr);
}
