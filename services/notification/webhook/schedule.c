/* When a failed attempt is made again. */
#include "common/core/id.h"
#include "services/notification/webhook/webhook.h"

static const int32_t pauses_s[] = {
#define AFTER(seconds) seconds,
#include "services/notification/webhook/schedule.def"
#undef AFTER
};

/* A receiver may ask for patience, but not for more than a day of it. */
enum { RETRY_AFTER_MAX_S = 86400 };

int64_t
webhook_next_us(int32_t n, int64_t now_us, int64_t retry_after_s)
{
	SURE(n >= 1);
	if ((size_t)n > COUNT_OF(pauses_s))
		return 0;
	int64_t pause_s = pauses_s[n - 1];
	int64_t asked_s = retry_after_s < RETRY_AFTER_MAX_S ? retry_after_s : RETRY_AFTER_MAX_S;
	int64_t us = (pause_s > asked_s ? pause_s : asked_s) * 1000000;

	return now_us + us + (int64_t)random_below((uint32_t)(pause_s * 100)) * 1000;
}
