/* The envelope of an event: partition of a key, bytes out, bytes in. */
#include "common/outbox/outbox.h"

#include "common/core/id.h"
#include "common/pack/pack.h"
#include "common/token/digest.h"

/* On the wire the tenant may be null, which struct envelope says by the nil uuid. */
struct wire_envelope {
	struct envelope e;
	bool            has_tenant;
};

#define AT(member)  (uint16_t)offsetof(struct wire_envelope, e.member)
#define MUST_BE(n, k, member, lo, hi) \
	{ .name = (n), .kind = (k), .flags = MSG_REQUIRED, .at = AT(member), .mark = MSG_NONE, \
	    .min = (lo), .max = (hi) }

static const struct msg_field fields[] = {
	MUST_BE("id", MSG_UUID, id, 0, 0),
	MUST_BE("type", MSG_TEXT, type, 1, 100),
	MUST_BE("version", MSG_I32, version, 1, 1000000),
	MUST_BE("occurredAt", MSG_TIME, occurred_us, 0, 0),
	MUST_BE("publisher", MSG_TEXT, publisher, 1, 31),
	{ .name = "tenant", .kind = MSG_UUID, .flags = MSG_REQUIRED | MSG_NULLABLE, .at = AT(tenant),
	    .mark = (uint16_t)offsetof(struct wire_envelope, has_tenant) },
	MUST_BE("key", MSG_UUID, key, 0, 0),
	MUST_BE("partition", MSG_I32, partition, 0, OUTBOX_PARTITIONS - 1),
	MUST_BE("seq", MSG_I64, seq, 1, INT64_MAX),
	MUST_BE("traceparent", MSG_TEXT, trace, 0, REQ_TRACE_CHARS),
	MUST_BE("payload", MSG_BYTES, payload, 0, OUTBOX_MAX_PAYLOAD),
};

static const struct msg_type envelope_type = { "envelope", sizeof(struct wire_envelope),
	_Alignof(struct wire_envelope), fields, COUNT_OF(fields), true };

int
outbox_partition(struct uuid key)
{
	uint8_t hash[SHA256_BYTES];

	digest_sha256((struct text){ (const char *)key.b, sizeof(key.b) }, hash);
	return hash[0] % OUTBOX_PARTITIONS;
}

void
envelope_write(struct buf *to, const struct envelope *e)
{
	struct wire_envelope w = { *e, !uuid_is_nil(e->tenant) };

	pack_write(to, &envelope_type, &w);
}

const struct err *
envelope_read(struct req *rq, struct text from, struct envelope *out)
{
	struct wire_envelope w = { .has_tenant = false };

	TRY(pack_read(rq, from, &envelope_type, &w));
	*out = w.e;
	if (!w.has_tenant)
		out->tenant = (struct uuid){ { 0 } };
	return NULL;
}
