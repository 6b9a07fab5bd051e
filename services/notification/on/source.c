/* What an alarm is about when the event names no id. */
#include "services/notification/on/source.h"
#include <string.h>
#include "common/core/buf.h"
#include "common/core/id.h"
#include "common/token/digest.h"

struct uuid
source_of(struct text what, struct uuid whom, int64_t when_us)
{
	uint8_t digest[SHA256_BYTES];
	char name[UUID_CHARS + 1];
	struct buf b = buf_heap(256);
	struct uuid source;

	uuid_print(whom, name);
	buf_text(&b, what);
	buf_printf(&b, " %s %lld", name, (long long)when_us);
	digest_sha256(buf_as_text(&b), digest);
	buf_free(&b);
	memcpy(source.b, digest, sizeof(source.b));
	return source;
}
