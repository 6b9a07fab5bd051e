/* Any bytes as a msgpack event: what is taken must be packed again to bytes that read the same, and
 * its JSON must be JSON. */
#include <string.h>

#include "common/core/text.h"
#include "common/json/json.h"
#include "common/pack/pack.h"
#include "tests/unit/json/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
pack_and_read_again(struct req *rq, const struct sample *in)
{
	struct buf once = buf_in(rq->mem, 1 << 20), twice = buf_in(rq->mem, 1 << 20);
	struct sample again;

	memset(&again, 0, sizeof(again));
	pack_write(&once, &sample_type, in);
	SURE(!once.overflow);
	SURE(pack_read(rq, buf_as_text(&once), &sample_type, &again) == NULL);
	pack_write(&twice, &sample_type, &again);
	SURE(text_eq(buf_as_text(&once), buf_as_text(&twice)));
}

static void
write_as_json(struct req *rq, const struct sample *in)
{
	struct buf json = buf_in(rq->mem, 4 << 20);
	const struct json_doc *doc;

	json_write(&json, &sample_type, in);
	SURE(!json.overflow);
	SURE(json_parse(rq, buf_as_text(&json), &doc) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_open(16 << 20);
	struct sample in;
	struct req rq;

	memset(&in, 0, sizeof(in));
	req_begin(&rq, NULL, mem, TEXT("fuzz"), 1000);
	if (pack_read(&rq, (struct text){ (const char *)data, size }, &sample_type, &in) == NULL) {
		pack_and_read_again(&rq, &in);
		write_as_json(&rq, &in);
	}
	req_end(&rq);
	arena_close(&mem);
	return 0;
}
