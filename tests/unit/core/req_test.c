/* The bracket's beginning: ids, deadline, joining a caller's trace. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/req.h"
#include "common/core/text.h"

static struct arena *mem;
static struct req rq;

static void
open_req(void)
{
	mem = arena_open(1 << 20);
	memset(&rq, 0xff, sizeof(rq));
	req_begin(&rq, NULL, mem, TEXT("job x"), 2000);
}

static void
close_req(void)
{
	req_end(&rq);
	arena_close(&mem);
}
TestSuite(req, .init = open_req, .fini = close_req);

Test(req, begins_as_anyone_with_fresh_ids_and_a_deadline)
{
	struct uuid id;
	int64_t left = rq.deadline_us - clock_mono_us();

	cr_assert_eq(rq.who, WHO_ANYONE);
	cr_assert(uuid_is_nil(rq.user) && uuid_is_nil(rq.company));
	cr_assert_null(rq.db);
	cr_assert_eq(rq.permissions, 0);
	cr_assert(left > 1000000 && left <= 2000000);
	cr_assert(uuid_parse(rq.request_id, &id));
	cr_assert_eq(rq.trace.len, REQ_TRACE_CHARS);
	cr_assert(text_starts(rq.trace, TEXT("00-")) && text_ends(rq.trace, TEXT("-00")));
	cr_assert_not(req_is_sampled(&rq));
}

Test(req, a_callers_trace_is_followed_under_a_new_span)
{
	req_follow(
	    &rq, TEXT("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), TEXT("abc-1"));
	cr_assert(text_starts(rq.trace, TEXT("00-0af7651916cd43dd8448eb211c80319c-")));
	cr_assert_eq(rq.trace.len, REQ_TRACE_CHARS);
	cr_assert_neq(memcmp(rq.trace.at + 36, "b7ad6b7169203331", 16), 0);
	cr_assert(text_is(rq.cause, "b7ad6b7169203331"));
	cr_assert(text_is(rq.request_id, "abc-1"));
}

Test(req, the_callers_flag_says_whether_the_trace_is_recorded_and_other_flags_end_here)
{
	static const struct { const char *flags; bool sampled; } said[] = { { "00", false }, { "01", true }, { "02", false },
		{ "03", true }, { "fe", false }, { "ff", true } };

	req_sample(0);
	for (size_t i = 0; i < COUNT_OF(said); i++) {
		req_follow(&rq, text_of(arena_printf(mem, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-%s",
		    said[i].flags)), TEXT("r"));
		cr_assert_eq(req_is_sampled(&rq), said[i].sampled, "%s", said[i].flags);
		cr_assert(text_ends(rq.trace, said[i].sampled ? TEXT("-01") : TEXT("-00")));
	}
}

Test(req, a_later_version_is_read_as_the_first)
{
	req_follow(&rq, TEXT("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings"), TEXT("r"));
	cr_assert(text_starts(rq.trace, TEXT("00-0af7651916cd43dd8448eb211c80319c-")));
	cr_assert_eq(rq.trace.len, REQ_TRACE_CHARS);
}

Test(req, what_it_calls_stands_in_its_trace_under_a_span_of_its_own)
{
	struct text next;

	req_follow(&rq, TEXT("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"), TEXT("r"));
	next = req_next_span(&rq);
	cr_assert_eq(memcmp(next.at, rq.trace.at, REQ_SPAN_AT), 0);
	cr_assert_neq(memcmp(next.at + REQ_SPAN_AT, rq.trace.at + REQ_SPAN_AT, REQ_SPAN_CHARS), 0);
	cr_assert(text_ends(next, TEXT("-00")));
}

/* Of 2,000 fair draws at a quarter, 400 to 600 are five standard deviations to each side. */
Test(req, of_the_traces_that_begin_here_the_share_asked_for_is_recorded)
{
	static const struct { int64_t of_a_million; int least, most; } shares[] = { { 0, 0, 0 }, { 250000, 400, 600 },
		{ REQ_SAMPLE_ALL, 2000, 2000 } };

	for (size_t i = 0; i < COUNT_OF(shares); i++) {
		int sampled = 0;
		req_sample(shares[i].of_a_million);
		for (int n = 0; n < 2000; n++) {
			req_follow(&rq, TEXT(""), TEXT(""));
			sampled += req_is_sampled(&rq);
		}
		cr_assert(sampled >= shares[i].least && sampled <= shares[i].most, "%d", sampled);
	}
}

Test(req, a_malformed_trace_begins_another_and_a_malformed_request_id_is_ignored)
{
	static const char *const wrong[] = {
		"",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
		"00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333\"-01",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
		"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
		"0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	};
	struct text id = rq.request_id;
	char long_id[66];

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		req_follow(&rq, text_of(wrong[i]), TEXT("a b"));
		cr_assert_eq(rq.trace.len, REQ_TRACE_CHARS);
		cr_assert_neq(memcmp(rq.trace.at + 3, "0af7651916cd43dd8448eb211c80319c", 32), 0, "%s", wrong[i]);
		cr_assert_eq(rq.cause.len, 0);
	}
	memset(long_id, 'a', sizeof(long_id));
	req_follow(&rq, TEXT(""), (struct text){ long_id, 65 });
	req_follow(&rq, TEXT(""), TEXT("x\r\ny"));
	cr_assert(text_eq(rq.request_id, id));
}
