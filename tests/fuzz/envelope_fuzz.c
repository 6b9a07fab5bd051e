/* Whatever arrives on PUB, as a question on REP or as an answer is read or refused. What is read can be
 * written, and reading that again gives the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "common/core/req.h"
#include "common/core/text.h"
#include "common/outbox/wire.h"

enum { ARENA_BYTES = 16 * 1024 * 1024, ROOM = 1048576 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_envelope(struct req *rq, struct text in)
{
	struct buf first = buf_in(rq->mem, ROOM), second = buf_in(rq->mem, ROOM);
	struct envelope e;

	if (envelope_read(rq, in, &e) != NULL)
		return;
	SURE(e.partition >= 0 && e.partition < OUTBOX_PARTITIONS && e.seq > 0);
	envelope_write(&first, &e);
	SURE(envelope_read(rq, buf_as_text(&first), &e) == NULL);
	envelope_write(&second, &e);
	SURE(text_eq(buf_as_text(&first), buf_as_text(&second)));
}

static void
try_question(struct req *rq, struct text in)
{
	struct wire_question q;

	if (wire_question_read(rq, in, &q) != NULL)
		return;
	SURE(q.limit >= 1 && q.limit <= WIRE_MAX_EVENTS && q.max_bytes >= 1 &&
	    q.max_bytes <= WIRE_MAX_BYTES);
	SURE(!text_is(q.op, "after") ||
	    (q.partition >= 0 && q.partition < OUTBOX_PARTITIONS && q.seq >= 0));
}

static void
try_answer(struct req *rq, struct text in)
{
	struct wire_answer a;

	if (wire_answer_read(rq, in, &a) != NULL)
		return;
	SURE(a.n_heads <= OUTBOX_PARTITIONS && a.n_events <= WIRE_MAX_EVENTS);
	for (size_t i = 0; i < a.n_events; i++)
		try_envelope(rq, a.events[i]);
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
	try_envelope(&rq, in);
	try_question(&rq, in);
	try_answer(&rq, in);
	req_end(&rq);
	arena_reset(mem);
	return 0;
}
