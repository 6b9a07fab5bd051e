/* Signs and verifies the identity header. */
#include "common/token/identity.h"
#include "common/core/buf.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/token/kid.h"
#include <string.h>

/* PLAIN_MAX: 20 + 2 + 3*36 + 16 + 64 + 45 and 7 bars are 262. */
enum { PLAIN_MAX = 512, REQUEST_ID_MAX = 64, CLIENT_IP_MAX = 45, LIFE_US = IDENTITY_LIFE_S * 1000000 };

/* The parts of "v1.<kid>.<payload>.<mac>". */
struct parts { struct text kid, payload, mac; };
/* What the header is bound to. */
struct bound { const char *aud; struct text method, path_query; };

/* Each field carries its length in front: no two requests can spell the same bytes. */
static char *
field_put(char *at, struct text t)
{
	SURE(t.len <= UINT32_MAX);
	for (int shift = 24; shift >= 0; shift -= 8)
		*at++ = (char)(uint8_t)(t.len >> shift);
	if (t.len > 0)
		memcpy(at, t.at, t.len);
	return at + t.len;
}

static void
mac_of(struct arena *mem, const struct key256 *key, const struct bound *to, const struct parts *p,
    uint8_t out[SHA256_BYTES])
{
	const struct text fields[] = {
		TEXT("v1"), p->kid, text_of(to->aud), to->method, to->path_query, p->payload,
	};
	size_t len = 0;

	for (size_t i = 0; i < COUNT_OF(fields); i++)
		len += 4 + fields[i].len;
	char *all = arena_zero(mem, len, 1), *at = all;
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		at = field_put(at, fields[i]);
	digest_hmac((struct text){ (const char *)key->b, sizeof(key->b) }, (struct text){ all, len }, out);
}

static bool
request_id_good(struct text t)
{
	if (t.len > REQUEST_ID_MAX)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		char c = t.at[i];

		/* What req_follow() takes from a caller, so that no caller's id trips the SURE of signing. */
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '_' || c == '.'))
			return false;
	}
	return true;
}

/* An address in numbers: IPv4, IPv6, or IPv6 with an IPv4 tail. */
static bool
client_ip_good(struct text t)
{
	if (t.len > CLIENT_IP_MAX)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		char c = t.at[i];

		if (!((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') ||
		    c == '.' || c == ':'))
			return false;
	}
	return true;
}

static void
put_id(struct buf *to, struct uuid id)
{
	char text[UUID_CHARS + 1];

	uuid_print(id, text);
	buf_put(to, text, UUID_CHARS);
	buf_byte(to, '|');
}

/* Lower case, no leading zero. */
static void
put_hex(struct buf *to, uint64_t n)
{
	char   digits[16];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[n & 15];
		n >>= 4;
	} while (n > 0);
	buf_put(to, digits + at, sizeof(digits) - at);
	buf_byte(to, '|');
}

static struct text
payload(struct arena *mem, const struct identity *id)
{
	struct buf plain = buf_in(mem, PLAIN_MAX);

	buf_i64(&plain, id->issued_us);
	buf_byte(&plain, '|');
	buf_i64(&plain, (int)id->who);
	buf_byte(&plain, '|');
	put_id(&plain, id->user);
	put_id(&plain, id->company);
	put_hex(&plain, id->permissions);
	put_id(&plain, id->session);
	buf_text(&plain, id->request_id);
	buf_byte(&plain, '|');
	buf_text(&plain, id->client_ip);
	SURE(!plain.overflow);
	return text_base64url(mem, buf_as_text(&plain));
}

struct text
identity_sign(struct arena *mem, const char *kid, const struct key256 *key, const char *aud,
    struct text method, struct text path_query, const struct identity *id)
{
	uint8_t mac[SHA256_BYTES];

	SURE(kid_good(text_of(kid)));
	SURE(request_id_good(id->request_id) && client_ip_good(id->client_ip));
	struct parts p = { .kid = text_of(kid), .payload = payload(mem, id) };

	mac_of(mem, key, &(struct bound){ aud, method, path_query }, &p, mac);
	p.mac = text_base64url(mem, (struct text){ (const char *)mac, sizeof(mac) });
	return JOIN(mem, TEXT("v1."), p.kid, TEXT("."), p.payload, TEXT("."), p.mac);
}

static bool
parts_split(struct text header, struct parts *p)
{
	struct text rest = header;

	if (header.len > IDENTITY_MAX_BYTES || !text_is(text_cut(&rest, '.'), "v1") || rest.at == NULL)
		return false;
	p->kid = text_cut(&rest, '.');
	if (!kid_good(p->kid) || rest.at == NULL)
		return false;
	p->payload = text_cut(&rest, '.');
	p->mac = rest;
	return p->payload.len > 0 && p->mac.at != NULL;
}

static bool
mac_good(struct arena *mem, const struct keyring *ring, const struct bound *to,
    const struct parts *p)
{
	const struct key256 *key = NULL;
	uint8_t              wanted[SHA256_BYTES];
	struct text          given;

	if (!text_from_base64url(mem, p->mac, &given))
		return false;
	while ((key = keyring_next(ring, p->kid, key)) != NULL) {
		mac_of(mem, key, to, p, wanted);
		if (digest_same(given, (struct text){ (const char *)wanted, sizeof(wanted) }))
			return true;
	}
	return false;
}

static bool
who_read(struct text t, enum who *out)
{
	int64_t n = 0;

	if (!text_to_i64(t, &n) || n < WHO_ANYONE || n > WHO_SERVICE || (n & (n - 1)) != 0)
		return false;
	*out = (enum who)n;
	return true;
}

/* Exactly what PRIx64 writes: lower case, no leading zero. */
static bool
hex_read(struct text t, uint64_t *out)
{
	uint64_t n = 0;

	if (t.len == 0 || t.len > 16 || (t.len > 1 && t.at[0] == '0'))
		return false;
	for (size_t i = 0; i < t.len; i++) {
		char c = t.at[i];

		if (c >= '0' && c <= '9')
			n = n << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*out = n;
	return true;
}

static bool
payload_read(struct text plain, struct identity *out)
{
	struct text f[8], rest = plain;

	for (size_t i = 0; i < COUNT_OF(f); i++) {
		if (i > 0 && rest.at == NULL)
			return false;
		f[i] = text_cut(&rest, '|');
	}
	out->request_id = f[6];
	out->client_ip = f[7];
	return rest.at == NULL && text_to_i64(f[0], &out->issued_us) && who_read(f[1], &out->who) &&
	    uuid_parse(f[2], &out->user) && uuid_parse(f[3], &out->company) &&
	    hex_read(f[4], &out->permissions) && uuid_parse(f[5], &out->session) &&
	    request_id_good(out->request_id) && client_ip_good(out->client_ip);
}

static bool
timely(int64_t issued_us, int64_t now_us)
{
	return issued_us >= now_us - LIFE_US && issued_us <= now_us + LIFE_US;
}

const struct err *
identity_verify(struct req *rq, const struct keyring *ring, const char *aud,
    struct text method, struct text path_query, struct text header, struct identity *out)
{
	struct bound    to = { aud, method, path_query };
	struct identity id = { 0 };
	struct parts    p;
	struct text     plain;

	if (!parts_split(header, &p) || !mac_good(rq->mem, ring, &to, &p) ||
	    !text_from_base64url(rq->mem, p.payload, &plain) || !payload_read(plain, &id) ||
	    !timely(id.issued_us, rq->now_us))
		return FAIL(rq, UNKNOWN_WHO, "identity.invalid", "the identity header does not hold");
	*out = id;
	return NULL;
}
