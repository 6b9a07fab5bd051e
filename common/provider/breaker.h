/* Stops calling a provider that does not answer, and tries one call now and then. */
#ifndef PROVIDER_BREAKER_H
#define PROVIDER_BREAKER_H
#include "common/core/base.h"

/* Guarded by the owner's lock. Closed below `limit` failures in a row; then refuses until open_until_us,
 * lets one call through, and refuses the rest for another open_us meanwhile. */
struct breaker { int limit, failures; int64_t open_us, open_until_us; };

bool breaker_is_open(const struct breaker *b);
bool breaker_lets(struct breaker *b, int64_t mono_us);
void breaker_tell(struct breaker *b, int64_t mono_us, bool answered);
#endif
