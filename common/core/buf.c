/* A growing byte buffer: write many, ask for .overflow once. */
#include "common/core/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/core/memory.h"

enum { FIRST_BYTES = 256 };

struct buf
buf_in(struct arena *mem, size_t max_bytes)
{
	SURE(mem != NULL);
	return (struct buf){ .mem = mem, .max_bytes = max_bytes };
}

struct buf
buf_heap(size_t max_bytes)
{
	return (struct buf){ .max_bytes = max_bytes };
}

void
buf_free(struct buf *b)
{
	SURE(b->mem == NULL);
	memory_give(b->at);
	b->at = NULL;
	b->len = b->cap = 0;
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->overflow = false;
}

static void
move_to(struct buf *b, size_t cap)
{
	char *at = b->mem != NULL ? arena_zero(b->mem, cap, 1) : memory_resize(b->at, cap);

	SURE(at != NULL);
	if (b->mem != NULL && b->len > 0)
		memcpy(at, b->at, b->len);
	b->at = at;
	b->cap = cap;
}

/* Room for `more` bytes, or false and the overflow mark for good. */
static bool
grow(struct buf *b, size_t more)
{
	size_t cap;

	if (b->overflow || b->len > b->max_bytes || more > b->max_bytes - b->len) {
		b->overflow = true;
		return false;
	}
	if (more <= b->cap - b->len)
		return true;
	cap = b->cap < FIRST_BYTES ? FIRST_BYTES : b->cap;
	while (cap < b->len + more)
		cap = cap > SIZE_MAX / 2 ? SIZE_MAX : cap * 2;
	move_to(b, cap > b->max_bytes ? b->max_bytes : cap);
	return true;
}

/* cap is never beyond max_bytes. */
void
buf_put(struct buf *b, const void *bytes, size_t len)
{
	bool fits = len <= b->cap - b->len && !b->overflow;

	if (len == 0 || (!fits && !grow(b, len)))
		return;
	memcpy(b->at + b->len, bytes, len);
	b->len += len;
}

void
buf_byte(struct buf *b, uint8_t byte)
{
	buf_put(b, &byte, 1);
}

void
buf_text(struct buf *b, struct text t)
{
	buf_put(b, t.at, t.len);
}

void
buf_str(struct buf *b, const char *c_string)
{
	if (c_string != NULL)
		buf_put(b, c_string, strlen(c_string));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	char small[256], *large;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	SURE(n >= 0);
	if ((size_t)n < sizeof(small)) {
		buf_put(b, small, (size_t)n);
		return;
	}
	large = memory_take((size_t)n + 1);
	SURE(large != NULL);
	va_start(ap, fmt);
	(void)vsnprintf(large, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf_put(b, large, (size_t)n);
	memory_give(large);
}

void
buf_i64(struct buf *b, int64_t n)
{
	char digits[20];      /* "-9223372036854775808" */
	size_t at = sizeof(digits);
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	do {
		digits[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (n < 0)
		digits[--at] = '-';
	buf_put(b, digits + at, sizeof(digits) - at);
}

struct text
buf_as_text(const struct buf *b)
{
	return (struct text){ b->at == NULL ? "" : b->at, b->len };
}
