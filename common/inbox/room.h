/* What the files of this room share: one listening thread and its partitions. */
#ifndef INBOX_ROOM_H
#define INBOX_ROOM_H
#include <pthread.h>

#include "common/inbox/feed.h"
#include "common/inbox/inbox.h"

enum {
	INBOX_BATCH = 64,                       /* events in one transaction */
	INBOX_REFUSED_TRIES = 3,                /* for errors that trying again does not mend */
	INBOX_STEP_MS = 10000,
	INBOX_ARENA_BYTES = 128 * 1024 * 1024,
};

struct part {
	bool    owned;
	bool    fresh;          /* this group never heard the publisher before */
	int64_t cursor;         /* as committed */
	int64_t singly;         /* up to here one by one: a batch with these has failed */
	int64_t retry_us;       /* clock_mono_us() before which a failing event is not tried again */
	int     tries;          /* of the event behind the cursor */
};

struct inbox;
struct inbox_thread {
	struct inbox    *in;
	struct feed      feed;
	struct db_lease *session;       /* holds the locks and does the work */
	struct arena    *mem;           /* of the unit of work in hand */
	struct part      part[OUTBOX_PARTITIONS];
	int64_t          next_share_us, next_redrive_us;
	int64_t          caught_up_us;  /* clock_mono_us() when nothing was missing last; 0: not looked yet */
	pthread_t        thread;
};

struct inbox {
	struct app                *app;
	const struct inbox_listen *listens;
	size_t                     n_listens;
	bool                       stop;        /* atomic */
	size_t                     n;
	struct inbox_thread        at[16];
};

bool inbox_stopping(const struct inbox_thread *t);

/* One unit of work on the thread's own connection, in an arena emptied before it. The error is
 * logged by the caller and lives until the next one. */
typedef const struct err *inbox_step(struct inbox_thread *t, struct req *rq, void *arg);
const struct err *inbox_bracket(struct inbox_thread *t, enum tx tx, inbox_step *step,
    void *arg) MUST_USE;

/* Once a second, and after the connection was lost: keeps the connection, takes and gives
 * partitions so that all members of the group have a fair share. False: no connection. */
bool inbox_share(struct inbox_thread *t);
void inbox_share_end(struct inbox_thread *t);

/* Handles what is in the feed's hand, partition by partition. */
void inbox_handle_hand(struct inbox_thread *t);
/* Steps over events that the publisher no longer keeps, leaving a parked row that says so. */
void inbox_jump(struct inbox_thread *t, int partition, int64_t oldest);
/* Once a second: tries again what an operator has asked for. */
void inbox_redrive(struct inbox_thread *t);
/* Runs the step of one event, or nothing when nobody listens to it. */
const struct err *inbox_deliver(struct inbox_thread *t, struct req *rq,
    const struct envelope *e) MUST_USE;
/* Code, slug and sentence of an error, for the parked row. */
struct text inbox_reason(struct req *rq, const struct err *e);
#endif
