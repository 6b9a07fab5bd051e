/* Reads and writes JWKS documents of P-256 signing keys. */
#include "common/token/jwks.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include <string.h>

enum { JWKS_MAX_BYTES = 32768, JWKS_MAX_ENTRIES = 64 };

/* The document at hand and which of its keys is looked at. */
struct looking { struct req *rq; const struct json_doc *doc; size_t at; };

static bool
member(const struct looking *l, const char *name, struct text *out)
{
	return json_text(l->rq, l->doc, arena_printf(l->rq->mem, "keys.%zu.%s", l->at, name), out);
}

static bool
member_is(const struct looking *l, const char *name, const char *value)
{
	struct text t;

	return member(l, name, &t) && text_is(t, value);
}

static bool
coordinate(const struct looking *l, const char *name, uint8_t out[P256_BYTES])
{
	struct text t, raw;

	if (!member(l, name, &t) || !text_from_base64url(l->rq->mem, t, &raw) || raw.len != P256_BYTES)
		return false;
	memcpy(out, raw.at, P256_BYTES);
	return true;
}

/* False when a key that says it is ours cannot be used. Keys for other purposes are passed over. */
static bool
key_read(const struct looking *l, struct jwks *out)
{
	struct p256_point point;
	struct text       kid;

	if (!member_is(l, "kty", "EC") || !member_is(l, "crv", "P-256") ||
	    !member_is(l, "use", "sig") || !member_is(l, "alg", "ES256"))
		return true;
	if (!member(l, "kid", &kid) || !kid_good(kid) || jwks_find(out, kid) != NULL)
		return false;
	if (out->n == JWT_KEYS || !coordinate(l, "x", point.x) || !coordinate(l, "y", point.y))
		return false;
	if (!p256_public(&point, &out->at[out->n].pem))
		return false;
	kid_copy(out->at[out->n].kid, kid);
	out->n++;
	return true;
}

const struct err *
jwks_read(struct req *rq, struct text json, struct jwks *out)
{
	struct looking l = { .rq = rq };

	*out = (struct jwks){ 0 };
	if (json.len > JWKS_MAX_BYTES)
		return FAIL(rq, UPSTREAM, "jwks.malformed", "the key set is too large");
	const struct err *e = json_parse(rq, json, &l.doc);
	if (e != NULL)
		return FAIL(rq, UPSTREAM, "jwks.malformed", "the key set is not JSON (%s)", e->slug);
	size_t n = json_length(l.doc, "keys");
	if (n == 0 || n > JWKS_MAX_ENTRIES)
		return FAIL(rq, UPSTREAM, "jwks.malformed", "the key set holds %zu keys", n);
	for (l.at = 0; l.at < n; l.at++)
		if (!key_read(&l, out))
			return FAIL(rq, UPSTREAM, "jwks.malformed", "key %zu of the set is malformed", l.at);
	if (out->n == 0)
		return FAIL(rq, UPSTREAM, "jwks.malformed", "no key of the set is for ES256");
	return NULL;
}

static void
coordinate_write(struct buf *to, const char *name, const uint8_t raw[P256_BYTES])
{
	struct text t = text_base64url(to->mem, (struct text){ (const char *)raw, P256_BYTES });

	buf_printf(to, ",\"%s\":\"%.*s\"", name, TEXT_ARG(t));
}

void
jwks_write_key(struct buf *to, const char *kid, const struct p256_point *point)
{
	buf_str(to, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"use\":\"sig\",\"alg\":\"ES256\"");
	buf_printf(to, ",\"kid\":\"%s\"", kid);
	coordinate_write(to, "x", point->x);
	coordinate_write(to, "y", point->y);
	buf_str(to, "}");
}

const struct jwk *
jwks_find(const struct jwks *set, struct text kid)
{
	for (size_t i = 0; i < set->n; i++)
		if (text_is(kid, set->at[i].kid))
			return &set->at[i];
	return NULL;
}
