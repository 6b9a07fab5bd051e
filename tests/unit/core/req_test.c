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
	cr_assert(text_starts(rq.trace, TEXT("00-")) && text_ends(rq.trace, TEXT("-01")));
}

Test(req, a_callers_trace_is_followed_under_a_new_span)
{
	req_follow(
	    &rq, TEXT("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), TEXT("abc-1"));
	cr_assert(text_starts(rq.trace, TEXT("00-0af7651916cd43dd8448eb211c80319c-")));
	cr_assert_eq(rq.trace.len, REQ_TRACE_CHARS);
	cr_assert_neq(memcmp(rq.trace.at + 36, "b7ad6b7169203331", 16), 0);
	cr_assert(text_is(rq.request_id, "abc-1"));
}

Test(req, a_malformed_trace_or_request_id_is_ignored)
{
	static const char *const wrong[] = {
		"",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
		"00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333\"-01",
	};
	struct text trace = rq.trace, id = rq.request_id;
	char long_id[66];

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		req_follow(&rq, text_of(wrong[i]), TEXT("a b"));
		cr_assert(text_eq(rq.trace, trace), "%s", wrong[i]);
	}
	memset(long_id, 'a', sizeof(long_id));
	req_follow(&rq, TEXT(""), (struct text){ long_id, 65 });
	req_follow(&rq, TEXT(""), TEXT("x\r\ny"));
	cr_assert(text_eq(rq.request_id, id));
}
