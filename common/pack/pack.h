/* msgpack in and out of the generated structs. The only room that knows msgpack-c, which writes, and reads what has no
 * contract; what has one is read straight from the bytes, as they were checked. */
#ifndef PACK_PACK_H
#define PACK_PACK_H
#include "common/core/buf.h"
#include "common/core/msg.h"
#include "common/core/req.h"

enum { PACK_MAX_BYTES = 262144, PACK_MAX_DEPTH = 8, PACK_MAX_ITEMS = 4096 };

/* A map of the struct's fields under their wire names; uuids and times are strings as in JSON,
 * bytes are bin, absent optional fields are left out. Deterministic: field order of the contract.
 */
void pack_write(struct buf *to, const struct msg_type *type, const void *from);
/* Bounds are checked before anything is allocated: bytes, depth, values in all (PACK_MAX_ITEMS
 * counts map keys too). Unknown fields are skipped; a wrong type, a value out of the contract's
 * bounds, a missing required field, a known name twice in one map, an extension type or trailing
 * bytes are INVALID "event.malformed", which names the first field found wrong. Copies into
 * rq->mem; `into` must be zeroed. */
const struct err *
pack_read(struct req *rq, struct text from, const struct msg_type *type, void *into) MUST_USE;
/* The same value as compact JSON, bytes in base64url, without a contract: for what was written by pack_write() and
 * leaves the suite. False when the bytes are outside the bounds above or hold what no contract has (reals, extensions,
 * names that are no text); `to` then holds a part. */
bool pack_to_json(struct text packed, struct buf *to) MUST_USE;
#endif
