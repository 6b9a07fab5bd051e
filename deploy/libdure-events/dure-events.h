/* libdure-events: hear the public events of a Dure publisher, every one of them, in order per key.
 *
 * What you need: an event key (its id and its secret, which an operator makes at POST /api/event-keys), the two addresses
 * that the publisher has for programs outside, and a place for a cursor.
 *
 * What is promised: each event that the key may see is given to your handler at least once. The events of one key (a
 * payment, say) come in their order; between keys there is none. After a crash the last few may come again: know them
 * by their id. Nothing is lost while your program is away, for fourteen days, and up to thirty once it has asked.
 *
 *     static int
 *     settled(void *arg, const struct dure_event *e)
 *     {
 *             char payment[64];
 *
 *             if (dure_event_text(e, "paymentId", payment, sizeof(payment)) < 0)
 *                     return -1;
 *             return book(arg, e->id, payment);          // 0: done with it; else it comes again
 *     }
 *
 *     struct dure_events_config c = { .publisher = "billing",
 *             .wake_url = "tcp://billing.example:8402", .ask_url = "tcp://billing.example:8502",
 *             .key_id = id, .secret = secret, .cursor_file = "/var/lib/ledger/billing.cursor",
 *             .types = (const char *const[]){ "payment.settled", NULL }, .handle = settled, .arg = ledger };
 *     struct dure_events *events;
 *     int rc = dure_events_open(&events, &c);
 *     if (rc == 0)
 *             rc = dure_events_run(events);               // until dure_events_stop()
 *     if (rc != 0)
 *             fprintf(stderr, "%s\n", dure_events_error(rc));
 *     dure_events_close(&events);
 *
 * Build: cc ledger.c $(pkg-config --cflags --libs dure-events). One subscription is one thread, yours: the one that calls
 * dure_events_run(). Only dure_events_stop() may be called from elsewhere.
 *
 * The wire is nng over TCP and clear text: across networks put it in a tunnel. common/outbox/PROTOCOL.md describes it. */
#ifndef DURE_EVENTS_H
#define DURE_EVENTS_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* The number of cursors a publisher has: its events are spread over so many partitions by their key. */
enum { DURE_EVENTS_PARTITIONS = 16 };

/* One event. Everything in it is lent until the handler returns; texts end with a NUL. */
struct dure_event {
	const char *id;              /* uuid: the same however often the event comes */
	const char *type;            /* "payment.settled" */
	int         version;         /* of the type's schema; a published one never changes */
	const char *publisher;
	const char *occurred_at;     /* RFC 3339 in UTC */
	const char *company;         /* uuid, NULL when it belongs to none */
	const char *key;             /* uuid of what it is about: order is promised per key */
	const char *traceparent;
	int         partition;       /* with seq: where it stands; seq grows within a partition, with holes */
	int64_t     seq;
	const void *payload;         /* a msgpack map, as the publisher's asyncapi.yaml describes it */
	size_t      payload_bytes;
};

/* A field of the payload. text: its length, −1 when there is no such text or it does not fit; always ended by a NUL.
 * number: 0, or −1 when there is no such whole number. */
int dure_event_text(const struct dure_event *event, const char *field, char *out, size_t out_bytes);
int dure_event_number(const struct dure_event *event, const char *field, int64_t *out);

enum dure_events_start {
	DURE_EVENTS_OLDEST,          /* without a cursor: from the oldest event that is kept */
	DURE_EVENTS_NOW              /* without a cursor: from the first event after this moment */
};

/* Everything is copied by dure_events_open() but arg. */
struct dure_events_config {
	const char *publisher;               /* "billing" */
	const char *wake_url, *ask_url;      /* "tcp://host:port", several replicas with commas between */
	const char *key_id, *secret;
	const char *const *types;            /* ended by NULL; NULL: all that the key may see */
	enum dure_events_start start;

	/* 0: done with the event. Anything else ends dure_events_run() with DURE_EVENTS_HANDLER; the event comes again when
	 * it is run again. It may take its time: nothing is lost meanwhile. */
	int (*handle)(void *arg, const struct dure_event *event);
	void *arg;

	/* The cursor is kept in this file, replaced whole and synced to disk after each batch of events; or, when it is
	 * NULL, by these two. load gives 1 and the cursor, 0 when there is none yet, −1 when it cannot say. save gives 0 or
	 * −1. To have every event exactly once in effect, let the handler write seq to your database under its partition in
	 * the transaction of the event's effect, let load read these, and leave save NULL. */
	const char *cursor_file;
	int (*load)(void *arg, int64_t cursor[DURE_EVENTS_PARTITIONS]);
	int (*save)(void *arg, const int64_t cursor[DURE_EVENTS_PARTITIONS]);

	/* Not 0: when events behind the cursor are no longer kept, go on with the oldest that are; else dure_events_run()
	 * ends with DURE_EVENTS_EXPIRED. */
	int skip_expired;
	/* Milliseconds between two questions when nothing wakes; 0: 1000. */
	int ask_every_ms;
	/* Told what is worth a line in a log: the publisher does not answer, answers again, the clocks differ. May be NULL. */
	void (*note)(void *arg, const char *sentence);
};

enum dure_events_result {
	DURE_EVENTS_OK = 0,
	DURE_EVENTS_CONFIG,          /* a setting is missing or malformed */
	DURE_EVENTS_CURSOR,          /* the cursor could not be read or written */
	DURE_EVENTS_DENIED,          /* the key is unknown, revoked, or its secret is wrong */
	DURE_EVENTS_OUT_OF_SCOPE,    /* types has one that the key may not see */
	DURE_EVENTS_EXPIRED,         /* what follows the cursor is no longer kept */
	DURE_EVENTS_AHEAD,           /* the cursor is beyond the publisher: its database was set back */
	DURE_EVENTS_HANDLER,         /* the handler refused an event */
	DURE_EVENTS_PROTOCOL         /* the publisher's answer cannot be understood */
};

struct dure_events;

/* Checks the settings, reads the cursor, begins to connect; waits for nobody. *out is NULL unless it went well. */
int  dure_events_open(struct dure_events **out, const struct dure_events_config *config);

/* Gives events to the handler, in this thread, until it is told to stop (0) or cannot go on (see above). A publisher that is
 * away is waited for, however long. May be called again after it has returned, but for a stop. */
int  dure_events_run(struct dure_events *events);

/* Ends dure_events_run() after the event in hand, or at once. From any thread, from a signal handler, more than once,
 * before the run too. The subscription must not be closed meanwhile. */
void dure_events_stop(struct dure_events *events);

/* Closes the connections and frees all; sets the pointer to NULL, which it may be. Not during dure_events_run(). */
void dure_events_close(struct dure_events **events);

/* A sentence for a result; never NULL. */
const char *dure_events_error(int result);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
