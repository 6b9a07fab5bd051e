/* Idempotency-Key, ETag and Content-Type as clients write them. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/core/text.h"
#include "common/http/door.h"

static struct arena *mem;

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

TestSuite(header, .init = setup, .fini = teardown);

static const char *
key(const char *header)
{
	struct text t;

	return idem_key_parse(mem, text_of(header), &t) ? arena_copy(mem, t).at : NULL;
}

Test(header, a_quoted_and_a_bare_key_are_the_same)
{
	cr_assert_str_eq(key("\"8e03978e-40d5\""), "8e03978e-40d5");
	cr_assert_str_eq(key("  8e03978e-40d5 "), "8e03978e-40d5");
	cr_assert_str_eq(key("\"a\\\"b\\\\c\""), "a\"b\\c");
}

Test(header, keys_that_are_none)
{
	static const char *const bad[] = { "", "\"\"", "\"", "\"a", "a\"", "a b", "\"a b\"", "a\x7f", "\"a\\\"", "\"a\\x\"",
		"\"a\"b\"", "\xed\x95\x9c" };

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_expect_null(key(bad[i]), "%s", bad[i]);
}

Test(header, a_key_has_at_most_128_characters)
{
	char long_key[IDEM_KEY_MAX + 2];

	memset(long_key, 'k', sizeof long_key);
	long_key[IDEM_KEY_MAX] = '\0';
	cr_assert_not_null(key(long_key));
	long_key[IDEM_KEY_MAX] = 'k';
	long_key[IDEM_KEY_MAX + 1] = '\0';
	cr_assert_null(key(long_key));
}

Test(header, an_etag_is_found_in_a_list_weak_or_not)
{
	struct text etag = TEXT("\"v3\"");

	cr_assert(http_etag_listed(TEXT("\"v3\""), etag));
	cr_assert(http_etag_listed(TEXT("\"v1\", W/\"v3\""), etag));
	cr_assert(http_etag_listed(TEXT("*"), etag));
	cr_assert_not(http_etag_listed(TEXT("\"v33\""), etag));
	cr_assert_not(http_etag_listed(TEXT(""), etag));
}

Test(header, only_json_is_json)
{
	cr_assert(http_is_json(TEXT("application/json")));
	cr_assert(http_is_json(TEXT("Application/JSON; charset=UTF-8")));
	cr_assert_not(http_is_json(TEXT("application/json; charset=euc-kr")));
	cr_assert_not(http_is_json(TEXT("text/json")));
	cr_assert_not(http_is_json(TEXT("application/jsonp")));
	cr_assert_not(http_is_json((struct text){ NULL, 0 }));
}

static const struct err *
if_match(const char *value, int64_t *version)
{
	struct http_request_header h = { TEXT("if-match"), text_of(value) };
	struct http_request in = { .headers = &h, .n_headers = value != NULL };
	struct http_answer a = { .in = &in };
	static struct req rq;

	rq = (struct req){ .mem = mem, .answer = &a };
	return http_if_match(&rq, version);
}

Test(header, if_match_must_name_one_version)
{
	int64_t v = 0;

	cr_assert_null(if_match("\"v12\"", &v));
	cr_assert_eq(v, 12);
	cr_assert_null(if_match("\"v13.7f\"", &v));
	cr_assert_eq(v, 13);
	cr_assert_eq(if_match("\"v.7f\"", &v)->code, E_INVALID);
	cr_assert_eq(if_match(NULL, &v)->code, E_NEEDS_MATCH);
	cr_assert_eq(if_match("*", &v)->code, E_INVALID);
	cr_assert_eq(if_match("W/\"v1\"", &v)->code, E_INVALID);
	cr_assert_eq(if_match("\"v1\", \"v2\"", &v)->code, E_INVALID);
	cr_assert_eq(if_match("\"v-1\"", &v)->code, E_INVALID);
	cr_assert_eq(if_match("v1", &v)->code, E_INVALID);
}
