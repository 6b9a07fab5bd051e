/* Reading, comparing and cutting borrowed text. */
#include "common/core/text.h"

#include <string.h>

struct text
text_of(const char *c_string)
{
	return c_string == NULL ? TEXT("") : (struct text){ c_string, strlen(c_string) };
}

bool
text_eq(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool
text_is(struct text t, const char *literal)
{
	return text_eq(t, text_of(literal));
}

static unsigned char
lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool
text_eq_nocase(struct text a, struct text b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.at[i]) != lower(b.at[i]))
			return false;
	}
	return true;
}

bool
text_starts(struct text t, struct text prefix)
{
	return t.len >= prefix.len && text_eq((struct text){ t.at, prefix.len }, prefix);
}

bool
text_ends(struct text t, struct text suffix)
{
	if (t.len < suffix.len)
		return false;
	return suffix.len == 0 || memcmp(t.at + t.len - suffix.len, suffix.at, suffix.len) == 0;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct text
text_trim(struct text t)
{
	while (t.len > 0 && is_space(t.at[0])) {
		t.at++;
		t.len--;
	}
	while (t.len > 0 && is_space(t.at[t.len - 1]))
		t.len--;
	return t;
}

struct text
text_cut(struct text *rest, char sep)
{
	struct text whole = *rest, head;
	const char *at = whole.len == 0 ? NULL : memchr(whole.at, sep, whole.len);

	if (at == NULL) {
		*rest = (struct text){ NULL, 0 };
		return whole;
	}
	head = (struct text){ whole.at, (size_t)(at - whole.at) };
	*rest = (struct text){ at + 1, whole.len - head.len - 1 };
	return head;
}

/* Bytes of the character that begins at `at`, 0 when none does. The second byte's range is what
 * keeps out overlong forms (e0, f0), surrogates (ed) and what lies beyond U+10FFFF (f4). */
static size_t
utf8_character(const unsigned char *at, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	n = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (left < n)
		return 0;
	low = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : low;
	high = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : high;
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if (at[i] < 0x80 || at[i] > 0xbf)
			return 0;
	}
	return n;
}

enum { EACH = 8 };
#define EVERY(byte)     (UINT64_C(0x0101010101010101) * (byte))

/* Eight bytes, or as many as there are behind `from`, the rest letters. */
static uint64_t
eight_of(struct text t, size_t from)
{
	uint64_t eight = EVERY('x');

	if (t.len - from >= EACH)
		memcpy(&eight, t.at + from, EACH);
	else
		memcpy(&eight, t.at + from, t.len - from);
	return eight;
}

/* How long the beginning is that needs no second look, in steps of eight bytes; t.len when all of it is so. */
static size_t
ascii_beginning(struct text t)
{
	size_t n = 0;

	while (n < t.len && (eight_of(t, n) & EVERY(0x80)) == 0)
		n += EACH;
	return n < t.len ? n : t.len;
}

/* Of seven bits each, `eight` has no one below a space (its highest bit would be lent away) and no DEL. */
bool
text_is_printable(struct text t)
{
	for (size_t n = 0; n < t.len; n += EACH) {
		uint64_t eight = eight_of(t, n);
		if (((eight | (eight - EVERY(' ')) | (eight + EVERY(1))) & EVERY(0x80)) != 0)
			return false;
	}
	return true;
}

bool
text_is_utf8(struct text t)
{
	for (size_t i = ascii_beginning(t); i < t.len;) {
		size_t n = utf8_character((const unsigned char *)t.at + i, t.len - i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

size_t
text_characters(struct text utf8)
{
	size_t n = ascii_beginning(utf8);

	for (size_t i = n; i < utf8.len; i++)
		n += ((unsigned char)utf8.at[i] & 0xc0) != 0x80;
	return n;
}

bool
text_to_i64(struct text t, int64_t *out)
{
	bool minus = t.len > 0 && t.at[0] == '-';
	int64_t n = 0;      /* counted downwards: the lowest number has no positive twin */

	if (t.len == (size_t)minus)
		return false;
	for (size_t i = minus; i < t.len; i++) {
		int digit = t.at[i] - '0';
		if (digit < 0 || digit > 9)
			return false;
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_sub_overflow(n, digit, &n))
			return false;
	}
	if (!minus && __builtin_sub_overflow(0, n, &n))
		return false;
	*out = n;
	return true;
}

bool
text_to_hex(struct text bytes, char *out, size_t out_bytes)
{
	static const char hex[] = "0123456789abcdef";

	if (out_bytes < 1 || (out_bytes - 1) / 2 < bytes.len)
		return false;
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char byte = (unsigned char)bytes.at[i];
		out[2 * i] = hex[byte >> 4];
		out[2 * i + 1] = hex[byte & 15];
	}
	out[2 * bytes.len] = '\0';
	return true;
}
