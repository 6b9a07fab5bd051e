/* Paths to rows: what fits, what wins, what never fits. */
#include <criterion/criterion.h>
#include <signal.h>

#include "common/core/text.h"
#include "common/http/router.h"

enum { GET, POST, PUT };

static const char *const paths[] = {
	"/api/orders", "/api/orders", "/api/orders/{orderId}", "/api/orders/mine", "/api/{kind}/mine/x", "/",
	"/api/companies/{companyId}/members/{memberId}", "/api/{kind}/{id}/y",
};
static const int methods[] = { GET, POST, GET, POST, GET, GET, PUT, GET };

static struct arena *mem;
static struct router *router;

static void
setup(void)
{
	mem = arena_open(1 << 20);
	router = router_open(paths, methods, COUNT_OF(paths));
}

static void
teardown(void)
{
	router_close(&router);
	arena_close(&mem);
}

static struct router_match
find(int method, const char *path)
{
	struct router_match m;

	router_find(router, mem, method, text_of(path), &m);
	return m;
}

TestSuite(router, .init = setup, .fini = teardown);

Test(router, the_method_chooses_between_rows_of_one_path)
{
	cr_assert_eq(find(GET, "/api/orders").row, 0);
	cr_assert_eq(find(POST, "/api/orders").row, 1);
	cr_assert_eq(find(GET, "/").row, 5);
}

Test(router, a_known_path_with_another_method_tells_the_allowed_ones)
{
	struct router_match m = find(PUT, "/api/orders");

	cr_assert_eq(m.row, -2);
	cr_assert_eq(m.allowed, 1u << GET | 1u << POST);
	cr_assert_eq(find(-1, "/api/orders").row, -2);
}

Test(router, parameters_come_decoded_with_their_names)
{
	struct router_match m = find(PUT, "/api/companies/a%20b/members/%ED%95%9C");

	cr_assert_eq(m.row, 6);
	cr_assert_eq(m.n_params, 2);
	cr_assert(text_is(m.names[0], "companyId"));
	cr_assert(text_is(m.values[0], "a b"));
	cr_assert(text_is(m.names[1], "memberId"));
	cr_assert(text_is(m.values[1], "\xed\x95\x9c"));
}

Test(router, a_literal_wins_over_a_parameter_from_the_left)
{
	cr_assert_eq(find(POST, "/api/orders/mine").row, 3);
	cr_assert_eq(find(GET, "/api/orders/mine").row, -2);
	cr_assert_eq(find(GET, "/api/orders/other").row, 2);
	cr_assert_eq(find(GET, "/api/a/mine/x").row, 4);
	cr_assert_eq(find(GET, "/api/a/mine/y").row, 7);
}

Test(router, hostile_paths_match_nothing)
{
	static const char *const hostile[] = {
		"", "api/orders", "//api/orders", "/api//orders", "/api/orders/", "/api/orders/.", "/api/orders/..",
		"/api/orders/%2e%2e", "/api/orders/%2E", "/api/orders/a%2Fb", "/api/orders/a%2fb", "/api/orders/%00",
		"/api/orders/%", "/api/orders/%4", "/api/orders/%zz", "/api/orders/%ff", "/api/orders/%c0%af",
		"/api/orders/a b", "/api/orders/a\x01", "/api/orders/\xed\x95\x9c", "/%61pi/orders", "/API/orders",
		"/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a", "http://x/api/orders", "*", "/api/orders/%ed%a0%80",
	};

	for (size_t i = 0; i < COUNT_OF(hostile); i++)
		cr_expect_eq(find(GET, hostile[i]).row, -1, "%s", hostile[i]);
}

Test(router, a_plus_in_a_path_is_a_plus)
{
	cr_assert(text_is(find(GET, "/api/orders/a+b").values[0], "a+b"));
}

Test(router, two_equal_rows_are_a_bug, .signal = SIGABRT)
{
	static const char *const twice[] = { "/a/{x}", "/a/{y}" };
	static const int same[] = { GET, GET };

	(void)router_open(twice, same, 2);
}
