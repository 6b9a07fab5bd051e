/* Events arrive here: at least once on the wire, exactly once in effect, in order per key.
 *
 * A group (the service) keeps a cursor per publisher and partition. An event whose seq follows the
 * cursor is handled and the cursor moved in one transaction; a gap, a restart or silence makes the
 * inbox ask the publisher for what it missed. Replicas share the partitions by advisory locks. An
 * event that fails INBOX_TRIES times is parked with its reason; only its key waits. */
#ifndef INBOX_INBOX_H
#define INBOX_INBOX_H
#include "common/core/msg.h"
#include "common/core/req.h"
#include "common/outbox/outbox.h"

enum { INBOX_TRIES = 8 };

/* The step of one event: SQL only, in the inbox's TX_WRITE bracket; rq->company is the event's
 * tenant, rq->event its envelope. Several steps may want the same event: they run in the order of
 * the list, all or none. */
typedef const struct err *inbox_door(struct req *rq, const void *event);
struct inbox_listen {
	const struct event_type *type;
	inbox_door              *door;
	const char              *name;       /* "on_order_placed" */
};

struct inbox;
const struct err *inbox_open(struct req *rq, struct inbox **out, struct app *app,
    const struct inbox_listen *listens, size_t n) MUST_USE;
void        inbox_close(struct inbox **in);

/* A tap: every replica hears every event of one publisher from now on, in order and without
 * holes, but remembers nothing: the caller's clients catch up by themselves after a restart.
 * hear() runs on the tap's thread. */
typedef void tap_hear(void *arg, struct req *rq, const struct envelope *e);
struct tap;
const struct err *tap_open(struct req *rq, struct tap **out, struct app *app, const char *publisher,
    tap_hear *hear, void *arg) MUST_USE;
/* "Now" is when the publisher first answers after tap_open(): what was committed before that is
 * never told. False until then. Any thread. */
bool        tap_hears(const struct tap *t) MUST_USE;
void        tap_close(struct tap **t);

/* Parked events, for the service's commands: a line each; all of one, its payload as JSON; one and those of its
 * key to be tried again by the service within a second (dry: says what that would be). NOT_FOUND
 * "parked.not_found". */
const struct err *inbox_parked_list(struct req *rq) MUST_USE;
const struct err *inbox_parked_show(struct req *rq, struct uuid event_id) MUST_USE;
const struct err *inbox_parked_redrive(struct req *rq, struct uuid event_id, bool dry) MUST_USE;
#endif
