/* https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
#include "common/provider/sigv4.h"
#include <string.h>
#include <time.h>
#include "common/core/text.h"
#include "common/token/digest.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

enum { HEX_CHARS = 2 * SHA256_BYTES, STAMP_CHARS = 16, DAY_CHARS = 8 };

static bool
stays(unsigned char c, bool keep_slash)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	    c == '_' || c == '~' || (keep_slash && c == '/');
}

/* RFC 3986, each byte once. */
static const char *
encoded(struct arena *mem, const char *raw, bool keep_slash)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out = arena_zero(mem, 3 * strlen(raw) + 1, 1), *at = out;

	for (; *raw != '\0'; raw++) {
		unsigned char c = (unsigned char)*raw;

		if (stays(c, keep_slash)) {
			*at++ = (char)c;
			continue;
		}
		*at++ = '%';
		*at++ = hex[c >> 4];
		*at++ = hex[c & 15];
	}
	return out;
}

static void
stamp_of(int64_t at_us, char out[STAMP_CHARS + 1])
{
	time_t s = (time_t)(at_us / 1000000);
	struct tm utc;

	SURE(gmtime_r(&s, &utc) != NULL && strftime(out, STAMP_CHARS + 1, "%Y%m%dT%H%M%SZ", &utc) == STAMP_CHARS);
}

static struct text
bytes(const uint8_t b[SHA256_BYTES])
{
	return (struct text){ (const char *)b, SHA256_BYTES };
}

static void
to_hex(const uint8_t b[SHA256_BYTES], char out[HEX_CHARS + 1])
{
	SURE(text_to_hex(bytes(b), out, HEX_CHARS + 1));
}

/* The chain secret → day → region → service → key. Wiped by the caller. */
static void
signing_key(const struct sigv4 *s, struct text day, uint8_t key[SHA256_BYTES])
{
	char first[256];
	size_t n = strlen(s->secret);

	SURE(n + 4 < sizeof(first));
	memcpy(first, "AWS4", 4);
	memcpy(first + 4, s->secret, n);
	digest_hmac((struct text){ first, n + 4 }, day, key);
	explicit_bzero(first, sizeof(first));
	digest_hmac(bytes(key), text_of(s->region), key);
	digest_hmac(bytes(key), TEXT("s3"), key);
	digest_hmac(bytes(key), TEXT("aws4_request"), key);
}

/* The signed headers as lines, and their names; both in the order of the names. */
static const char *
header_lines(struct arena *mem, const struct sigv4 *s, const char **names)
{
	const char *length = s->content_length < 0 ? ""
	    : arena_printf(mem, "content-length:%lld\n", (long long)s->content_length);
	const char *type = s->content_type == NULL ? "" : arena_printf(mem, "content-type:%s\n", s->content_type);

	*names = arena_printf(mem, "%s%shost", *length != '\0' ? "content-length;" : "", *type != '\0' ? "content-type;" : "");
	return arena_printf(mem, "%s%shost:%s\n", length, type, s->host);
}

const char *
sigv4_presign(struct arena *mem, const struct sigv4 *s)
{
	char stamp[STAMP_CHARS + 1], hex[HEX_CHARS + 1];
	uint8_t digest[SHA256_BYTES], key[SHA256_BYTES];
	const char *names, *headers = header_lines(mem, s, &names), *path = encoded(mem, s->path, true);
	const char *scope, *query, *canonical, *to_sign;

	SURE(s->expires_s >= 1 && s->expires_s <= SIGV4_MOST_S);
	stamp_of(s->at_us, stamp);
	scope = arena_printf(mem, "%.*s/%s/s3/aws4_request", DAY_CHARS, stamp, s->region);
	query = arena_printf(mem, "X-Amz-Algorithm=" ALGORITHM "&X-Amz-Credential=%s&X-Amz-Date=%s&X-Amz-Expires=%d"
	    "&X-Amz-SignedHeaders=%s", encoded(mem, arena_printf(mem, "%s/%s", s->access_key, scope), false), stamp,
	    s->expires_s, encoded(mem, names, false));
	canonical = arena_printf(mem, "%s\n%s\n%s\n%s\n%s\nUNSIGNED-PAYLOAD", s->method, path, query, headers, names);
	digest_sha256(text_of(canonical), digest);
	to_hex(digest, hex);
	to_sign = arena_printf(mem, ALGORITHM "\n%s\n%s\n%s", stamp, scope, hex);
	signing_key(s, (struct text){ stamp, DAY_CHARS }, key);
	digest_hmac(bytes(key), text_of(to_sign), digest);
	explicit_bzero(key, sizeof(key));
	to_hex(digest, hex);
	return arena_printf(mem, "%s?%s&X-Amz-Signature=%s", path, query, hex);
}
