#include <criterion/criterion.h>

#include "common/core/text.h"
#include "common/outbox/wire.h"

static struct req rq;

static void
begin(void)
{
	req_begin(&rq, NULL, arena_open(16 * 1024 * 1024), TEXT("test"), 10000);
}

static const struct err *
through(const struct wire_question *in, struct wire_question *out)
{
	struct buf b = buf_in(rq.mem, 1024);

	wire_question_write(&b, in);
	return wire_question_read(&rq, buf_as_text(&b), out);
}

Test(outbox, a_question_for_heads_needs_nothing_more)
{
	struct wire_question in = { .op = TEXT("heads") }, out;

	begin();
	cr_assert_null(through(&in, &out));
	cr_assert(text_is(out.op, "heads"));
}

Test(outbox, a_question_for_what_came_after_has_partition_seq_and_bounds)
{
	struct wire_question in = { .op = TEXT("after"),
		.has_partition = true,
		.partition = 3,
		.has_seq = true,
		.seq = 9 },
			     out;

	begin();
	cr_assert_null(through(&in, &out));
	cr_assert_eq(out.partition, 3);
	cr_assert_eq(out.seq, 9);
	cr_assert_eq(out.limit, WIRE_MAX_EVENTS);
	cr_assert_eq(out.max_bytes, WIRE_MAX_BYTES);
}

Test(outbox, a_question_outside_its_bounds_is_malformed)
{
	const struct wire_question bad[] = {
		{ .op = TEXT("drop") },
		{ .op = TEXT("after") },
		{ .op = TEXT("after"), .has_partition = true, .partition = 3 },
		{ .op = TEXT("after"), .has_partition = true, .partition = 16, .has_seq = true },
		{ .op = TEXT("after"), .has_partition = true, .partition = -1, .has_seq = true },
		{ .op = TEXT("after"), .has_partition = true, .has_seq = true, .seq = -1 },
		{ .op = TEXT("after"),
		    .has_partition = true,
		    .has_seq = true,
		    .has_limit = true,
		    .limit = 257 },
		{ .op = TEXT("after"),
		    .has_partition = true,
		    .has_seq = true,
		    .has_limit = true,
		    .limit = 0 },
		{ .op = TEXT("after"),
		    .has_partition = true,
		    .has_seq = true,
		    .has_max_bytes = true,
		    .max_bytes = 1 << 20 },
	};
	struct wire_question out;

	begin();
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		const struct err *e = through(&bad[i], &out);
		cr_assert_not_null(e, "question %zu was taken", i);
		cr_assert_str_eq(e->slug, "event.malformed");
	}
}

Test(outbox, an_answer_of_events_is_read_as_it_was_written)
{
	struct text events[] = { TEXT("one"), TEXT("two\0") };
	struct wire_answer in = { .n_events = 2, .events = events, .has_head = true, .head = 12 },
			   out;

	begin();
	struct buf b = buf_in(rq.mem, 1024);
	wire_answer_write(&b, &in);
	cr_assert_null(wire_answer_read(&rq, buf_as_text(&b), &out));
	cr_assert_eq(out.n_events, 2);
	cr_assert(text_eq(out.events[1], events[1]));
	cr_assert_eq(out.head, 12);
	cr_assert_not(out.has_error);
	cr_assert_not(out.has_oldest);
}

Test(outbox, garbage_is_answered_as_malformed_without_asking_the_database)
{
	struct wire_answer a;

	begin();
	struct buf b = buf_in(rq.mem, 1024);
	wire_respond(&rq, TEXT("\xdd\xff\xff\xff\xff"), &b);
	cr_assert_null(wire_answer_read(&rq, buf_as_text(&b), &a));
	cr_assert(a.has_error && text_is(a.error, "malformed"));
	cr_assert_eq(rq.statements, 0);
}
