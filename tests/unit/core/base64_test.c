/* Base64: the vectors of RFC 4648 and one spelling per value. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/core/buf.h"
#include "common/core/id.h"
#include "common/core/text.h"

static struct arena *mem;
static void open_mem(void) { mem = arena_open(4 << 20); }
static void close_mem(void) { arena_close(&mem); }
TestSuite(base64, .init = open_mem, .fini = close_mem);

static bool
decodes_to(const char *base64, const char *plain)
{
	struct text out;

	return text_from_base64(mem, text_of(base64), &out) && text_is(out, plain);
}

Test(base64, the_vectors_of_rfc_4648_hold_both_ways)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};

	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		cr_assert_str_eq(text_base64(mem, text_of(pairs[i][0])).at, pairs[i][1]);
		cr_assert(decodes_to(pairs[i][1], pairs[i][0]), "%s", pairs[i][1]);
	}
}

Test(base64, the_url_form_has_its_own_letters_and_no_padding)
{
	struct text raw = { "\xfb\xff\xfe\x01", 4 }, out;

	cr_assert_str_eq(text_base64url(mem, raw).at, "-__-AQ");
	cr_assert_str_eq(text_base64(mem, raw).at, "+//+AQ==");
	cr_assert(text_from_base64url(mem, TEXT("-__-AQ"), &out) && text_eq(out, raw));
	cr_assert_not(text_from_base64url(mem, TEXT("+//+AQ"), &out));
	cr_assert_not(text_from_base64url(mem, TEXT("-__-AQ=="), &out));
	cr_assert_not(text_from_base64(mem, TEXT("-__-AQ=="), &out));
}

Test(base64, a_second_spelling_of_a_value_is_refused)
{
	struct text out;

	cr_assert_not(text_from_base64(mem, TEXT("Zh=="), &out), "trailing bits");
	cr_assert_not(text_from_base64url(mem, TEXT("Zh"), &out));
	cr_assert_not(text_from_base64(mem, TEXT("Zg"), &out), "no padding");
	cr_assert_not(text_from_base64(mem, TEXT("Zg="), &out));
	cr_assert_not(text_from_base64(mem, TEXT("Z==="), &out));
	cr_assert_not(text_from_base64(mem, TEXT("===="), &out));
	cr_assert_not(text_from_base64(mem, TEXT("Zg==Zg=="), &out));
	cr_assert_not(text_from_base64(mem, TEXT("Zm9v\n"), &out));
	cr_assert_not(text_from_base64(mem, TEXT("Zm 9v"), &out));
	cr_assert_not(text_from_base64url(mem, TEXT("Z"), &out));
}

Test(base64, every_length_survives_the_round_trip)
{
	char raw[67];
	struct text out;

	for (size_t n = 0; n <= sizeof(raw); n++) {
		struct text t = { raw, n };
		struct buf b = buf_in(mem, 1000);
		random_bytes(raw, n);
		cr_assert(text_from_base64(mem, text_base64(mem, t), &out) && text_eq(out, t));
		cr_assert(
		    text_from_base64url(mem, text_base64url(mem, t), &out) && text_eq(out, t));
		buf_base64url(&b, t);
		cr_assert(text_eq(buf_as_text(&b), text_base64url(mem, t)));
	}
}
