/* UUIDs and randomness, both from the kernel. */
#include "common/core/id.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "common/core/clock.h"

void
random_bytes(void *out, size_t len)
{
	uint8_t *at = out;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		SURE(n > 0);
		at += n;
		len -= (size_t)n;
	}
}

/* Drawn ahead for ids alone: what is to stay secret never lay in memory before it was wanted. No process of ours goes on
 * after a fork, so nobody holds the same. */
enum { AHEAD_BYTES = 512 };
static _Thread_local struct { uint8_t at[AHEAD_BYTES]; size_t left; } ahead;

void
random_for_id(void *out, size_t len)
{
	SURE(len <= AHEAD_BYTES);
	if (ahead.left < len) {
		random_bytes(ahead.at, AHEAD_BYTES);
		ahead.left = AHEAD_BYTES;
	}
	ahead.left -= len;
	memcpy(out, ahead.at + ahead.left, len);
	explicit_bzero(ahead.at + ahead.left, len);
}

uint32_t
random_below(uint32_t below)
{
	uint32_t n, biased;

	SURE(below > 0);
	biased = (0U - below) % below;      /* 2^32 mod below: so many come once too often */
	do
		random_bytes(&n, sizeof(n));
	while (n < biased);
	return n % below;
}

struct uuid
uuid_new(void)
{
	struct uuid u;
	uint64_t us = (uint64_t)clock_now_us(), ms = us / 1000, part = us % 1000 * 4096 / 1000;

	for (int i = 0; i < 6; i++)
		u.b[i] = (uint8_t)(ms >> (40 - 8 * i));
	u.b[6] = (uint8_t)(0x70 | part >> 8);
	u.b[7] = (uint8_t)part;
	random_for_id(u.b + 8, sizeof(u.b) - 8);
	u.b[8] = (uint8_t)(0x80 | (u.b[8] & 0x3f));
	return u;
}

bool
uuid_is_nil(struct uuid u)
{
	static const struct uuid nil;

	return uuid_eq(u, nil);
}

bool
uuid_eq(struct uuid a, struct uuid b)
{
	return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

/* Where the two digits of each byte stand in the text; between them are the dashes. */
static const uint8_t digits_at[] = { 0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34 };
static const uint8_t dash_at[] = { 8, 13, 18, 23 };

/* "00" to "ff", one behind the other. */
#define WITH(high) high "0" high "1" high "2" high "3" high "4" high "5" high "6" high "7" \
	high "8" high "9" high "a" high "b" high "c" high "d" high "e" high "f"
static const char hex[] = WITH("0") WITH("1") WITH("2") WITH("3") WITH("4") WITH("5") WITH("6") WITH("7")
	WITH("8") WITH("9") WITH("a") WITH("b") WITH("c") WITH("d") WITH("e") WITH("f");

void
uuid_print(struct uuid u, char out[UUID_CHARS + 1])
{
	for (size_t i = 0; i < sizeof(u.b); i++)
		memcpy(out + digits_at[i], hex + 2 * (size_t)u.b[i], 2);
	for (size_t i = 0; i < sizeof(dash_at); i++)
		out[dash_at[i]] = '-';
	out[UUID_CHARS] = '\0';
}

/* What a digit is worth, and a bit that says that it is one; 0 for all else. */
enum { IS_DIGIT = 0x10 };
#define DIGIT(c, n)     [c] = IS_DIGIT | (n)
static const uint8_t worth[256] = { DIGIT('0', 0), DIGIT('1', 1), DIGIT('2', 2), DIGIT('3', 3), DIGIT('4', 4), DIGIT('5', 5),
	DIGIT('6', 6), DIGIT('7', 7), DIGIT('8', 8), DIGIT('9', 9), DIGIT('a', 10), DIGIT('b', 11), DIGIT('c', 12),
	DIGIT('d', 13), DIGIT('e', 14), DIGIT('f', 15), DIGIT('A', 10), DIGIT('B', 11), DIGIT('C', 12), DIGIT('D', 13),
	DIGIT('E', 14), DIGIT('F', 15) };

bool
uuid_parse(struct text t, struct uuid *out)
{
	unsigned all = IS_DIGIT;
	struct uuid u;

	if (t.len != UUID_CHARS)
		return false;
	for (size_t i = 0; i < sizeof(dash_at); i++)
		if (t.at[dash_at[i]] != '-')
			return false;
	for (size_t i = 0; i < sizeof(u.b); i++) {
		unsigned high = worth[(uint8_t)t.at[digits_at[i]]], low = worth[(uint8_t)t.at[digits_at[i] + 1]];
		all &= high & low;
		u.b[i] = (uint8_t)(high << 4 | (low & 15));
	}
	if ((all & IS_DIGIT) != 0)
		*out = u;
	return (all & IS_DIGIT) != 0;
}
