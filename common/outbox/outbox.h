/* Events leave here: a row in the transaction of their cause, a dense number from the relay, then
 * nng.
 *
 * Envelope, a msgpack map: id type version occurredAt publisher tenant key partition seq
 * traceparent payload (bin holding the payload's own map). On PUB it stands behind "type\0". */
#ifndef OUTBOX_OUTBOX_H
#define OUTBOX_OUTBOX_H
#include "common/core/buf.h"
#include "common/core/msg.h"
#include "common/core/req.h"

/* 128 KiB of payload: with its envelope it fits pack_read()'s PACK_MAX_BYTES and one answer of
 * REP. */
enum { OUTBOX_PARTITIONS = 16, OUTBOX_KEEP_DAYS = 14, OUTBOX_KEEP_MOST_DAYS = 30,
	OUTBOX_SILENT_DAYS = 7, OUTBOX_MAX_PAYLOAD = 131072 };

/* Writes the event in the caller's transaction, queued (no round trip), tenant is rq->company.
 * The row of `key` must have been locked by this transaction before: that makes the order per
 * key. Only the relay publishes. */
const struct err *outbox_put(struct req *rq, const struct event_type *type, struct uuid key,
    const void *payload) MUST_USE;
/* 0 … OUTBOX_PARTITIONS − 1: the first byte of the SHA-256 of the key's 16 bytes, modulo 16.
 * Part of the contract with subscribers, never to be changed. */
int         outbox_partition(struct uuid key);

/* What stands in an envelope. After envelope_read() its texts stand in rq->mem. tenant is nil
 * when there is none. A broken envelope is INVALID "event.malformed". */
struct envelope {
	struct uuid id, tenant, key;
	struct text type, publisher, trace, payload;
	int32_t     version, partition;
	int64_t     seq, occurred_us;
};
void        envelope_write(struct buf *to, const struct envelope *e);
const struct err *envelope_read(struct req *rq, struct text from, struct envelope *out) MUST_USE;

/* The relay: one thread per process, one at work per service (advisory lock on its own
 * connection). It numbers committed rows, publishes them, is woken by relay_wake() and looks by
 * itself every 100 ms. It also opens PUB and REP (heads, after; common/outbox/PROTOCOL.md) on
 * the configured addresses, where there are any, and deletes rows older than OUTBOX_KEEP_DAYS,
 * or OUTBOX_KEEP_MOST_DAYS while a known subscriber outside has not read them. Public events
 * also go to the address for programs outside, as wake-ups that say type, partition and seq.
 * Closing finishes the batch in hand. */
struct relay;
const struct err *relay_open(struct req *rq, struct relay **out, struct app *app) MUST_USE;
void        relay_wake(struct relay *r);
void        relay_close(struct relay **r);
#endif
