/* Any bytes as a time: what is taken must be printed to a text that means the same. */
#include "common/core/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char out[TIME_CHARS + 1];
	int64_t us, again;

	if (!time_parse((struct text){ (const char *)data, size }, &us))
		return 0;
	time_print(us, out);
	SURE(time_parse((struct text){ out, TIME_CHARS }, &again));
	SURE(again == us);
	SURE(day_start_us(day_in_seoul(us)) <= us);
	return 0;
}
