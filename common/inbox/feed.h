/* The events of one publisher, dense per partition: what PUB brings, and what must be asked for.
 * Used by inbox and tap on their own threads; nothing here but feed_stop() is for others. */
#ifndef INBOX_FEED_H
#define INBOX_FEED_H
#include "common/bus/bus.h"
#include "common/outbox/wire.h"

enum {
	FEED_BURST = 512,                       /* events in hand at once */
	FEED_BURST_BYTES = 4 * 1024 * 1024,     /* and their bytes, after which no more are taken */
	FEED_ARENA_BYTES = 64 * 1024 * 1024,
	FEED_ASK_EVERY_US = 1000000,            /* how long a lost last message can stay unnoticed */
	FEED_BUSY_US = 10 * FEED_ASK_EVERY_US,  /* and while messages wait all the time */
	FEED_ASK_MS = 2000,
};

/* broken: the publisher gave bytes that are no envelope; only id (made here), partition and seq
 * are set. */
struct feed_event { struct envelope e; struct text raw; bool broken; };

struct feed {
	struct app            *app;
	char                   publisher[32];
	struct bus_subscriber *sub;
	struct bus_asker      *asker;
	struct arena          *mem;             /* of the events in hand */
	struct req             rq;              /* for reading and asking; anew with each burst */
	bool                   want[OUTBOX_PARTITIONS];    /* of which partitions events are taken */
	bool                   behind[OUTBOX_PARTITIONS];  /* something is missing: to be asked for */
	int64_t                at[OUTBOX_PARTITIONS];      /* the last seq taken; may be set back */
	int64_t                heads[OUTBOX_PARTITIONS];   /* as last told */
	struct feed_event     *events;
	size_t                 n;
	bool                   more;            /* PUB has brought what is not in hand yet */
	int64_t                next_ask_us, next_doubt_us;
	uint64_t               joins;
	bool                   foreign;         /* a message of somebody else came; told once */
	bool                   went_back;       /* the publisher knows less than was heard: a restore */
	bool                   silent;          /* the last question was not answered */
	bool                   stopped;         /* atomic: that the last question was not, is our own doing */
};

const struct err *feed_open(struct req *rq, struct feed *f, struct app *app,
    const char *publisher) MUST_USE;
/* From any thread, before feed_close(): a question under way ends, so that its thread can. */
void              feed_stop(struct feed *f);
void              feed_close(struct feed *f);

/* Empties the hand, then takes what PUB has brought, waiting up to wait_ms for the first. */
void              feed_receive(struct feed *f, int wait_ms);
/* Asks for the heads when it is time or force is true. False: no answer. */
bool              feed_heads(struct feed *f, bool force);

/* Empties the hand and asks for what follows at[partition]. EXPIRED: it is no longer kept,
 * *oldest is. */
enum feed_found { FEED_FOUND, FEED_EXPIRED, FEED_NO_ANSWER };
enum feed_found   feed_refill(struct feed *f, int partition, int64_t *oldest);
#endif
