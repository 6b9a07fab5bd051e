/* The breaker's three states, told by a count and a time. */
#include "common/provider/breaker.h"

bool
breaker_is_open(const struct breaker *b)
{
	return b->limit > 0 && b->failures >= b->limit;
}

bool
breaker_lets(struct breaker *b, int64_t mono_us)
{
	if (!breaker_is_open(b))
		return true;
	if (mono_us < b->open_until_us)
		return false;
	b->open_until_us = mono_us + b->open_us;
	return true;
}

void
breaker_tell(struct breaker *b, int64_t mono_us, bool answered)
{
	if (answered) {
		b->failures = 0;
		return;
	}
	if (b->failures < b->limit)
		b->failures++;
	if (b->failures >= b->limit)
		b->open_until_us = mono_us + b->open_us;
}
