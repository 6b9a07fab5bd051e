/* Every input and event of the contracts, by its generated table: the first byte picks the type, the second
 * JSON or msgpack. What is taken is written and reads the same again. */
#include "common/core/text.h"
#include "common/json/json.h"
#include "common/pack/pack.h"
#include "gen/proto/contract_types.gen.h"

enum { ARENA_BYTES = 32 << 20, WRITTEN_MAX = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *
empty(struct req *rq, const struct msg_type *type)
{
	return arena_zero(rq->mem, type->size, type->align);
}

static const struct err *
read_json(struct req *rq, struct text in, const struct msg_type *type, void *into)
{
	struct err_fields fs = { .rq = rq };
	const struct err *e = json_read(rq, in, type, into, &fs);

	return e != NULL ? e : err_fields_done(&fs);
}

/* Fields of the path and the query are not read from a body, so what is written with them cannot be read again. */
static bool
all_in_body(const struct msg_type *type)
{
	for (size_t i = 0; i < type->n_fields; i++)
		if (type->fields[i].where != MSG_IN_BODY)
			return false;
	return true;
}

static void
try_json(struct req *rq, struct text in, const struct msg_type *type)
{
	struct buf once = buf_in(rq->mem, WRITTEN_MAX), twice = buf_in(rq->mem, WRITTEN_MAX);
	void *first = empty(rq, type), *second = empty(rq, type);

	if (read_json(rq, in, type, first) != NULL)
		return;
	json_write(&once, type, first);
	SURE(!once.overflow);
	if (!all_in_body(type))
		return;
	SURE(read_json(rq, buf_as_text(&once), type, second) == NULL);
	json_write(&twice, type, second);
	SURE(text_eq(buf_as_text(&once), buf_as_text(&twice)));
}

static void
try_pack(struct req *rq, struct text in, const struct msg_type *type)
{
	struct buf once = buf_in(rq->mem, WRITTEN_MAX), twice = buf_in(rq->mem, WRITTEN_MAX);
	void *first = empty(rq, type), *second = empty(rq, type);

	if (pack_read(rq, in, type, first) != NULL)
		return;
	pack_write(&once, type, first);
	SURE(!once.overflow);
	SURE(pack_read(rq, buf_as_text(&once), type, second) == NULL);
	pack_write(&twice, type, second);
	SURE(text_eq(buf_as_text(&once), buf_as_text(&twice)));
}

/* Each line is the text of one field in the path or the query. */
static void
try_fields(struct req *rq, struct text in, const struct msg_type *type)
{
	struct err_fields fs = { .rq = rq };
	void *into = empty(rq, type);

	for (size_t i = 0; i < type->n_fields; i++)
		if (type->fields[i].where != MSG_IN_BODY)
			json_read_field(&fs, &type->fields[i], text_cut(&in, '\n'), into);
	SURE((err_fields_done(&fs) == NULL) == (fs.n == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct msg_type *type;
	struct arena *mem;
	struct text in;
	struct req rq;

	if (size < 2)
		return 0;
	type = contract_types[data[0] % n_contract_types];
	in = (struct text){ (const char *)data + 2, size - 2 };
	mem = arena_open(ARENA_BYTES);
	req_begin(&rq, NULL, mem, TEXT("fuzz"), 1000);
	switch (data[1] % 3) {
	case 0: try_json(&rq, in, type); break;
	case 1: try_pack(&rq, in, type); break;
	default: try_fields(&rq, in, type); break;
	}
	req_end(&rq);
	arena_close(&mem);
	return 0;
}
