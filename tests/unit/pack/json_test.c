/* msgpack as JSON: what payloads hold comes out as json_write() would have it, and what they never hold is refused. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/core/buf.h"
#include "common/core/text.h"
#include "common/pack/pack.h"

static struct arena *mem;

static void
begin(void)
{
	mem = arena_open(1 << 22);
}

static void
end(void)
{
	arena_close(&mem);
}

TestSuite(pack_json, .init = begin, .fini = end);

static const char *
json_of(const char *bytes, size_t len)
{
	struct buf to = buf_in(mem, 1 << 20);

	if (!pack_to_json((struct text){ bytes, len }, &to))
		return NULL;
	buf_byte(&to, 0);
	return to.at;
}

#define JSON(literal) json_of(literal, sizeof(literal) - 1)

Test(pack_json, every_kind_of_value_a_payload_has)
{
	cr_assert_str_eq(JSON("\x80"), "{}");
	cr_assert_str_eq(JSON("\x81\xa1\x61\xc0"), "{\"a\":null}");
	cr_assert_str_eq(JSON("\x82\xa1\x61\xc3\xa1\x62\xc2"), "{\"a\":true,\"b\":false}");
	cr_assert_str_eq(JSON("\x93\x01\xff\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"), "[1,-1,9223372036854775807]");
	cr_assert_str_eq(JSON("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"), "-9223372036854775808");
	cr_assert_str_eq(JSON("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), "18446744073709551615");
	cr_assert_str_eq(JSON("\xa4\"\\\n\x01"), "\"\\\"\\\\\\n\\u0001\"");
	cr_assert_str_eq(JSON("\xc4\x03\x01\x02\xff"), "\"AQL_\"");
	cr_assert_str_eq(JSON("\x91\x81\xa1\x61\x90"), "[{\"a\":[]}]");
}

Test(pack_json, what_no_contract_has_is_refused)
{
	cr_assert_null(JSON(""));
	cr_assert_null(JSON("\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00"));
	cr_assert_null(JSON("\xd4\x01\x00"));
	cr_assert_null(JSON("\x81\x01\x01"));
	cr_assert_null(JSON("\xdd\xff\xff\xff\xff"));
	cr_assert_null(JSON("\x80\x80"));
	cr_assert_null(JSON("\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x90"));
}
