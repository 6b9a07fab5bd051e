/* Query strings: pairs, escapes, bounds. */
#include <criterion/criterion.h>

#include "common/core/text.h"
#include "common/core/buf.h"
#include "common/http/router.h"

static struct arena *mem;
static struct query_pair pairs[ROUTER_MAX_QUERY];
static size_t n;

static void
setup(void)
{
	mem = arena_open(1 << 20);
}

static void
teardown(void)
{
	arena_close(&mem);
}

static bool
parse(const char *query)
{
	return query_parse(mem, text_of(query), pairs, &n);
}

TestSuite(query, .init = setup, .fini = teardown);

Test(query, pairs_come_decoded_in_order)
{
	cr_assert(parse("limit=20&q=a+b%2Bc&empty=&bare"));
	cr_assert_eq(n, 4);
	cr_assert(text_is(pairs[0].name, "limit") && text_is(pairs[0].value, "20"));
	cr_assert(text_is(pairs[1].value, "a b+c"));
	cr_assert(text_is(pairs[2].name, "empty") && pairs[2].value.len == 0);
	cr_assert(text_is(pairs[3].name, "bare") && pairs[3].value.len == 0);
}

Test(query, nothing_gives_no_pairs)
{
	cr_assert(parse(""));
	cr_assert_eq(n, 0);
	cr_assert(query_parse(mem, (struct text){ NULL, 0 }, pairs, &n));
}

Test(query, a_name_given_twice_is_refused_however_it_is_spelled)
{
	cr_assert_not(parse("a=1&a=2"));
	cr_assert_not(parse("a=1&%61=2"));
}

Test(query, bad_escapes_nul_and_broken_utf8_are_refused)
{
	cr_assert_not(parse("a=%"));
	cr_assert_not(parse("a=%1"));
	cr_assert_not(parse("a=%g1"));
	cr_assert_not(parse("a=%00"));
	cr_assert_not(parse("a=%ff"));
	cr_assert_not(query_parse(mem, (struct text){ "a=\0b", 4 }, pairs, &n));
}

Test(query, thirty_two_pairs_are_taken_and_no_more)
{
	struct buf b = buf_in(mem, 4096);

	for (int i = 0; i < ROUTER_MAX_QUERY; i++)
		buf_printf(&b, "%sn%d=x", i > 0 ? "&" : "", i);
	cr_assert(query_parse(mem, buf_as_text(&b), pairs, &n));
	cr_assert_eq(n, ROUTER_MAX_QUERY);
	buf_str(&b, "&one=more");
	cr_assert_not(query_parse(mem, buf_as_text(&b), pairs, &n));
}
