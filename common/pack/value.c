/* Takes msgpack values from the left; the table of heads stands in scan.c. */
#include "common/pack/value.h"

static uint64_t
take_unsigned(const unsigned char **at, size_t width)
{
	uint64_t n = 0;

	for (size_t i = 0; i < width; i++)
		n = n << 8 | *(*at)++;
	return n;
}

static void
put_bytes(const unsigned char **at, enum value_kind kind, size_t len, struct value *out)
{
	out->kind = kind;
	out->text = (struct text){ (const char *)*at, len };
	*at += len;
}

static void
put_container(enum value_kind kind, size_t n, struct value *out)
{
	out->kind = kind;
	out->n = n;
}

static void
put_number(int64_t n, struct value *out)
{
	out->kind = VALUE_NUMBER;
	out->number = n;
}

static void
put_unsigned(uint64_t n, struct value *out)
{
	put_number((int64_t)n, out);
	if (n > INT64_MAX)
		out->kind = VALUE_OTHER;
}

static int64_t
signed_of(uint64_t n, unsigned head)
{
	switch (head) {
	case 0xd0: return (int8_t)n;
	case 0xd1: return (int16_t)n;
	case 0xd2: return (int32_t)n;
	default:   return (int64_t)n;
	}
}

/* cc to d3: the width doubles with each, the sign begins at d0. */
static void
put_wide_number(const unsigned char **at, unsigned head, struct value *out)
{
	uint64_t n = take_unsigned(at, (size_t)1 << (head & 3));

	if (head < 0xd0)
		put_unsigned(n, out);
	else
		put_number(signed_of(n, head), out);
}

static void
take_long(const unsigned char **at, unsigned head, struct value *out)
{
	switch (head) {
	case 0xc0: out->kind = VALUE_NIL; return;
	case 0xc2:
	case 0xc3: out->kind = VALUE_BOOL; out->yes = head == 0xc3; return;
	case 0xc4: put_bytes(at, VALUE_BYTES, take_unsigned(at, 1), out); return;
	case 0xc5: put_bytes(at, VALUE_BYTES, take_unsigned(at, 2), out); return;
	case 0xc6: put_bytes(at, VALUE_BYTES, take_unsigned(at, 4), out); return;
	case 0xca: out->kind = VALUE_OTHER; *at += 4; return;
	case 0xcb: out->kind = VALUE_OTHER; *at += 8; return;
	case 0xd9: put_bytes(at, VALUE_TEXT, take_unsigned(at, 1), out); return;
	case 0xda: put_bytes(at, VALUE_TEXT, take_unsigned(at, 2), out); return;
	case 0xdb: put_bytes(at, VALUE_TEXT, take_unsigned(at, 4), out); return;
	case 0xdc: put_container(VALUE_ARRAY, take_unsigned(at, 2), out); return;
	case 0xdd: put_container(VALUE_ARRAY, take_unsigned(at, 4), out); return;
	case 0xde: put_container(VALUE_MAP, take_unsigned(at, 2), out); return;
	case 0xdf: put_container(VALUE_MAP, take_unsigned(at, 4), out); return;
	default:
		SURE(head >= 0xcc && head <= 0xd3);      /* the scan takes nothing else */
		put_wide_number(at, head, out);
	}
}

void
value_take(const unsigned char **at, struct value *out)
{
	unsigned head = *(*at)++;

	if (head < 0x80)
		put_number(head, out);
	else if (head >= 0xe0)
		put_number((int64_t)head - 256, out);
	else if (head < 0x90)
		put_container(VALUE_MAP, head & 15, out);
	else if (head < 0xa0)
		put_container(VALUE_ARRAY, head & 15, out);
	else if (head < 0xc0)
		put_bytes(at, VALUE_TEXT, head & 31, out);
	else
		take_long(at, head, out);
}

static size_t
values_in(const struct value *v)
{
	return v->kind == VALUE_MAP ? 2 * v->n : v->kind == VALUE_ARRAY ? v->n : 0;
}

void
value_skip(const unsigned char **at, const struct value *v)
{
	struct value inner;

	for (size_t left = values_in(v); left > 0; left--) {
		value_take(at, &inner);
		left += values_in(&inner);
	}
}
