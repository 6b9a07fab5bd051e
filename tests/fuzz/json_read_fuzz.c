/* Any bytes as a JSON body: what is taken must be written again as JSON that reads the same. */
#include <string.h>

#include "common/core/text.h"
#include "common/json/json.h"
#include "tests/unit/json/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct err *
read_one(struct req *rq, struct text json, const struct msg_type *type, struct sample *in)
{
	struct err_fields fs = { .rq = rq };
	const struct err *e;

	memset(in, 0, sizeof(*in));
	e = json_read(rq, json, type, in, &fs);
	return e != NULL ? e : err_fields_done(&fs);
}

static void
write_and_read_again(struct req *rq, const struct sample *in)
{
	struct buf once = buf_in(rq->mem, 1 << 20), twice = buf_in(rq->mem, 1 << 20);
	struct sample again;

	json_write(&once, &sample_type, in);
	SURE(!once.overflow);
	SURE(read_one(rq, buf_as_text(&once), &sample_type, &again) == NULL);
	json_write(&twice, &sample_type, &again);
	SURE(text_eq(buf_as_text(&once), buf_as_text(&twice)));
}

/* The same bytes as one value of each query-like field. */
static void
read_as_fields(struct req *rq, struct text value)
{
	struct err_fields fs = { .rq = rq };
	struct sample in;

	memset(&in, 0, sizeof(in));
	for (size_t i = 0; i < sample_type.n_fields; i++)
		json_read_field(&fs, &sample_type.fields[i], value, &in);
	SURE((err_fields_done(&fs) == NULL) == (fs.n == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text json = { (const char *)data, size };
	struct arena *mem = arena_open(8 << 20);
	const struct json_doc *doc;
	struct sample in;
	struct req rq;

	req_begin(&rq, NULL, mem, TEXT("fuzz"), 1000);
	if (read_one(&rq, json, &sample_type, &in) == NULL)
		write_and_read_again(&rq, &in);
	(void)read_one(&rq, json, &sample_open_type, &in);
	read_as_fields(&rq, json);
	if (json_parse(&rq, json, &doc) == NULL)
		(void)json_length(doc, "extra.0");
	req_end(&rq);
	arena_close(&mem);
	return 0;
}
