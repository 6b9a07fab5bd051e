/* Whatever a program outside sends, over REQ or as a cursor, is read or refused; and whatever payload was stored becomes
 * JSON or does not. What is read can be written, and reading that again gives the same. */
#include <string.h>

#include "common/core/text.h"
#include "common/json/json.h"
#include "common/outside/wire.h"
#include "common/pack/pack.h"

enum { ARENA_BYTES = 16 * 1024 * 1024, ROOM = 1048576 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_question(struct req *rq, struct text in)
{
	struct outside_question q;
	struct outside_request r;

	if (outside_question_read(rq, in, &q) == NULL) {
		SURE(q.nonce.len == OUTSIDE_NONCE_BYTES && q.mac.len == SHA256_BYTES && q.request.len <= OUTSIDE_MAX_REQUEST);
		SURE(text_ends(outside_signed(rq->mem, "billing", &q), q.request));
	}
	if (outside_request_read(rq, in, &r) == NULL) {
		SURE(r.n_after == 0 || r.n_after == OUTBOX_PARTITIONS);
		SURE(r.n_types <= OUTSIDE_MAX_TYPES && r.limit >= 1 && r.limit <= OUTSIDE_MAX_EVENTS && r.max_bytes >= 1);
	}
}

static void
try_cursor(struct req *rq, struct text in)
{
	int64_t at[OUTBOX_PARTITIONS];

	if (!outside_cursor_parse(rq->mem, "billing", in, at))
		return;
	for (int p = 0; p < OUTBOX_PARTITIONS; p++)
		SURE(at[p] >= 0);
	SURE(outside_cursor_parse(rq->mem, "billing", outside_cursor_print(rq->mem, "billing", at), at));
}

static void
try_json(struct req *rq, struct text in)
{
	struct buf json = buf_in(rq->mem, ROOM);
	const struct json_doc *doc;

	/* Only an object or an array is a document; what is no UTF-8 has no contract either. */
	if (!pack_to_json(in, &json) || json.overflow || json.len == 0 || (json.at[0] != '{' && json.at[0] != '['))
		return;
	(void)json_parse(rq, buf_as_text(&json), &doc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *mem;
	struct text in = { (const char *)data, size };
	struct req rq;

	if (mem == NULL)
		mem = arena_open(ARENA_BYTES);
	req_begin(&rq, NULL, mem, TEXT("fuzz"), 1000);
	try_question(&rq, in);
	try_cursor(&rq, in);
	try_json(&rq, in);
	req_end(&rq);
	arena_reset(mem);
	return 0;
}
