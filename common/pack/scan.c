/* The bounds of msgpack input, told from the bytes alone.
 *
 * A head byte says kind and, for short ones, size:
 *     00-7f e0-ff        a number                80-8f        a map of 0 to 15
 *     90-9f              an array of 0 to 15     a0-bf        a text of 0 to 31
 *     c0 c2 c3           nil, false, true        c4 c5 c6     bytes, length in 1 2 4
 *     ca cb              a real in 4 8           cc-cf d0-d3  a number in 1 2 4 8
 *     d9 da db           text, length in 1 2 4   dc dd        an array, count in 2 4
 *     de df              a map, count in 2 4     c7-c9 d4-d8  an extension; c1 is never used */
#include "common/pack/scan.h"

#include "common/pack/pack.h"

struct scan { const unsigned char *at; size_t left, values; const char *wrong; };

static bool
refuse(struct scan *s, const char *why)
{
	s->wrong = why;
	return false;
}

static bool
skip(struct scan *s, size_t n)
{
	if (n > s->left)
		return refuse(s, "it ends too early");
	s->at += n;
	s->left -= n;
	return true;
}

/* A number of 1, 2 or 4 bytes, most significant first. */
static bool
take_count(struct scan *s, size_t width, size_t *out)
{
	const unsigned char *from = s->at;

	if (!skip(s, width))
		return false;
	*out = 0;
	for (size_t i = 0; i < width; i++)
		*out = *out << 8 | from[i];
	return true;
}

static bool
skip_counted(struct scan *s, size_t width)
{
	size_t n;

	return take_count(s, width, &n) && skip(s, n);
}

/* Containers that are open: how many values each still waits for. */
struct nest { size_t waits[PACK_MAX_DEPTH]; int depth; };

static bool
open_container(struct scan *s, struct nest *n, size_t values)
{
	if (n->depth == PACK_MAX_DEPTH)
		return refuse(s, "it is nested too deeply");
	if (values > PACK_MAX_ITEMS - s->values)
		return refuse(s, "it has too many values");
	s->values += values;
	n->waits[n->depth++] = values;
	return true;
}

static bool
open_counted(struct scan *s, struct nest *n, size_t width, size_t each)
{
	size_t count;

	if (!take_count(s, width, &count))
		return false;
	return open_container(s, n, count > PACK_MAX_ITEMS ? PACK_MAX_ITEMS + 1 : count * each);
}

static bool
long_head(struct scan *s, struct nest *n, unsigned head)
{
	switch (head) {
	case 0xc0: case 0xc2: case 0xc3:
		return true;
	case 0xc4: case 0xd9:
		return skip_counted(s, 1);
	case 0xc5: case 0xda:
		return skip_counted(s, 2);
	case 0xc6: case 0xdb:
		return skip_counted(s, 4);
	case 0xcc: case 0xd0:
		return skip(s, 1);
	case 0xcd: case 0xd1:
		return skip(s, 2);
	case 0xca: case 0xce: case 0xd2:
		return skip(s, 4);
	case 0xcb: case 0xcf: case 0xd3:
		return skip(s, 8);
	case 0xdc: case 0xdd:
		return open_counted(s, n, head == 0xdc ? 2 : 4, 1);
	case 0xde: case 0xdf:
		return open_counted(s, n, head == 0xde ? 2 : 4, 2);
	default:
		return refuse(s, "it holds a type that is not used here");
	}
}

static bool
one_value(struct scan *s, struct nest *n)
{
	unsigned head = s->left > 0 ? *s->at : 0;

	if (!skip(s, 1))
		return false;
	if (head < 0x80 || head >= 0xe0)
		return true;
	if (head < 0x90)
		return open_container(s, n, 2 * (size_t)(head & 15));
	if (head < 0xa0)
		return open_container(s, n, head & 15);
	if (head < 0xc0)
		return skip(s, head & 31);
	return long_head(s, n, head);
}

const char *
pack_scan(struct text from)
{
	struct scan s = { (const unsigned char *)from.at, from.len, 1, NULL };
	struct nest n = { { 0 }, 0 };

	if (from.len > PACK_MAX_BYTES)
		return "it is too long";
	do {
		if (n.depth > 0)
			n.waits[n.depth - 1]--;
		if (!one_value(&s, &n))
			return s.wrong;
		while (n.depth > 0 && n.waits[n.depth - 1] == 0)
			n.depth--;
	} while (n.depth > 0);
	return s.left > 0 ? "something follows the value" : NULL;
}
