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

static bool
dash_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void
uuid_print(struct uuid u, char out[UUID_CHARS + 1])
{
	static const char hex[] = "0123456789abcdef";
	char *at = out;

	for (size_t i = 0; i < sizeof(u.b); i++) {
		if (dash_before(i))
			*at++ = '-';
		*at++ = hex[u.b[i] >> 4];
		*at++ = hex[u.b[i] & 15];
	}
	*at = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
uuid_parse(struct text t, struct uuid *out)
{
	const char *at = t.at;

	if (t.len != UUID_CHARS)
		return false;
	for (size_t i = 0; i < sizeof(out->b); i++) {
		int high, low;
		if (dash_before(i) && *at++ != '-')
			return false;
		high = hex_value(*at++);
		low = hex_value(*at++);
		if (high < 0 || low < 0)
			return false;
		out->b[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
