/* What this process's own metrics say. */
#include <stdlib.h>
#include <string.h>

#include "common/core/buf.h"
#include "common/metrics/metrics.h"
#include "tests/kit/room.h"

enum { PAGE_MAX_BYTES = 1 << 20 };

int64_t
kit_metric(const char *series)
{
	struct buf page = buf_heap(PAGE_MAX_BYTES);
	const char *line = kit_print("\n%s ", series), *at;
	int64_t n;

	metrics_write(&page);
	buf_byte(&page, '\0');
	at = strstr(page.at, line);
	n = at != NULL ? strtoll(at + strlen(line), NULL, 10) : -1;
	buf_free(&page);
	return n;
}
