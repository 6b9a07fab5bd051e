/* The cursor of all partitions as one opaque text: a version byte, sixteen numbers of seven bits a byte, and four bytes
 * of SHA-256 over the publisher's name and these, all in base64url. It is not secret and opens nothing; the check
 * finds what was cut, mistyped or came from another publisher. */
#include <string.h>

#include "common/core/buf.h"
#include "common/core/text.h"
#include "common/outside/room.h"

enum { VERSION = 1, CHECK_BYTES = 4, NUMBER_BYTES = 9, MOST_BYTES = 1 + OUTBOX_PARTITIONS * NUMBER_BYTES + CHECK_BYTES };

static void
put_check(struct arena *mem, const char *publisher, struct text numbers, char out[CHECK_BYTES])
{
	struct buf all = buf_in(mem, MOST_BYTES + 64);
	uint8_t hash[SHA256_BYTES];

	buf_str(&all, publisher);
	buf_byte(&all, 0);
	buf_text(&all, numbers);
	SURE(!all.overflow);
	digest_sha256(buf_as_text(&all), hash);
	memcpy(out, hash, CHECK_BYTES);
}

static void
put_number(struct buf *to, int64_t n)
{
	for (; n > 127; n >>= 7)
		buf_byte(to, (uint8_t)((n & 127) | 128));
	buf_byte(to, (uint8_t)n);
}

struct text
outside_cursor_print(struct arena *mem, const char *publisher, const int64_t at[OUTBOX_PARTITIONS])
{
	struct buf raw = buf_in(mem, MOST_BYTES);
	char check[CHECK_BYTES];

	buf_byte(&raw, VERSION);
	for (int p = 0; p < OUTBOX_PARTITIONS; p++)
		put_number(&raw, at[p]);
	put_check(mem, publisher, buf_as_text(&raw), check);
	buf_put(&raw, check, sizeof(check));
	SURE(!raw.overflow);
	return text_base64url(mem, buf_as_text(&raw));
}

static bool
take_number(struct text *rest, int64_t *out)
{
	*out = 0;
	for (int shift = 0; rest->len > 0 && shift < 7 * NUMBER_BYTES; shift += 7) {
		unsigned byte = (unsigned char)*rest->at;
		rest->at++;
		rest->len--;
		*out |= (int64_t)(byte & 127) << shift;
		if (byte < 128)
			return true;
	}
	return false;
}

bool
outside_cursor_parse(struct arena *mem, const char *publisher, struct text t, int64_t at[OUTBOX_PARTITIONS])
{
	char check[CHECK_BYTES];
	struct text raw;

	if (!text_from_base64url(mem, t, &raw) || raw.len < 1 + OUTBOX_PARTITIONS + CHECK_BYTES || raw.len > MOST_BYTES ||
	    raw.at[0] != VERSION)
		return false;
	raw.len -= CHECK_BYTES;
	put_check(mem, publisher, raw, check);
	if (memcmp(raw.at + raw.len, check, CHECK_BYTES) != 0)
		return false;
	raw.at++;
	raw.len--;
	for (int p = 0; p < OUTBOX_PARTITIONS; p++)
		if (!take_number(&raw, &at[p]))
			return false;
	return raw.len == 0;
}
