/* Base64 and base64url, strict: one spelling per value. */
#include "common/core/buf.h"
#include "common/core/text.h"

static const char plain_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static unsigned
byte_at(struct text t, size_t i)
{
	return i < t.len ? (unsigned char)t.at[i] : 0;
}

/* The four letters of up to three bytes at `at`; returns how many of them tell something. */
static size_t
four_letters(struct text bytes, size_t at, const char *letters, char out[4])
{
	unsigned three = byte_at(bytes, at) << 16 | byte_at(bytes, at + 1) << 8 |
	    byte_at(bytes, at + 2);
	size_t have = bytes.len - at;

	for (int i = 0; i < 4; i++)
		out[i] = letters[three >> (18 - 6 * i) & 63];
	return have >= 3 ? 4 : have + 1;
}

static struct text
encode(struct arena *mem, struct text bytes, const char *letters, bool pad)
{
	size_t n = 0;
	char *out;

	SURE(bytes.len < SIZE_MAX / 2);
	out = arena_zero(mem, (bytes.len + 2) / 3 * 4 + 1, 1);
	for (size_t i = 0; i < bytes.len; i += 3)
		n += four_letters(bytes, i, letters, out + n);
	for (; pad && n % 4 != 0; n++)
		out[n] = '=';
	out[n] = '\0';
	return (struct text){ out, n };
}

void
buf_base64url(struct buf *b, struct text bytes)
{
	char four[4];

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t n = four_letters(bytes, i, url_letters, four);
		buf_put(b, four, n);
	}
}

static int
letter_value(char c, const char *letters)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == letters[62] ? 62 : c == letters[63] ? 63 : -1;
}

/* Letters without padding. The bits that make no whole byte must be zero. */
static bool
decode(struct arena *mem, struct text t, const char *letters, struct text *out)
{
	size_t n = 0;
	unsigned bits = 0, have = 0;
	char *at;

	if (t.len % 4 == 1)
		return false;
	at = arena_zero(mem, t.len / 4 * 3 + 3, 1);
	for (size_t i = 0; i < t.len; i++) {
		int value = letter_value(t.at[i], letters);
		if (value < 0)
			return false;
		bits = bits << 6 | (unsigned)value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			at[n++] = (char)(unsigned char)(bits >> have);
			bits &= (1U << have) - 1;
		}
	}
	*out = (struct text){ at, n };
	return bits == 0;
}

struct text
text_base64url(struct arena *mem, struct text bytes)
{
	return encode(mem, bytes, url_letters, false);
}

struct text
text_base64(struct arena *mem, struct text bytes)
{
	return encode(mem, bytes, plain_letters, true);
}

bool
text_from_base64url(struct arena *mem, struct text t, struct text *out)
{
	return decode(mem, t, url_letters, out);
}

bool
text_from_base64(struct arena *mem, struct text t, struct text *out)
{
	if (t.len % 4 != 0)
		return false;
	for (int i = 0; i < 2 && t.len > 0 && t.at[t.len - 1] == '='; i++)
		t.len--;
	return decode(mem, t, plain_letters, out);
}
