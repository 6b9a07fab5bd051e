/* Borrowed text: comparing, cutting, UTF-8, numbers, hex. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/core/text.h"

#define BYTES(literal) ((struct text){ (literal), sizeof(literal) - 1 })

Test(text, comparing_looks_at_every_byte)
{
	cr_assert(text_is(TEXT("abc"), "abc"));
	cr_assert_not(text_is(TEXT("abc"), "ab"));
	cr_assert_not(text_is(BYTES("ab\0"), "ab"));
	cr_assert(text_eq((struct text){ NULL, 0 }, TEXT("")));
	cr_assert(text_eq_nocase(TEXT("Content-TYPE"), TEXT("content-type")));
	cr_assert_not(text_eq_nocase(TEXT("[a"), TEXT("{a")));
	cr_assert_not(text_eq_nocase(TEXT("a"), TEXT("ab")));
	cr_assert_eq(text_of(NULL).len, 0);
}

Test(text, starts_and_ends)
{
	cr_assert(text_starts(TEXT("abc"), TEXT("ab")));
	cr_assert(text_starts(TEXT("abc"), TEXT("")));
	cr_assert_not(text_starts(TEXT("a"), TEXT("ab")));
	cr_assert(text_ends(TEXT("abc"), TEXT("bc")));
	cr_assert(text_ends(TEXT("abc"), TEXT("abc")));
	cr_assert_not(text_ends(TEXT("abc"), TEXT("ab")));
	cr_assert_not(text_ends(TEXT("c"), TEXT("bc")));
}

Test(text, trimming_takes_white_space_off_both_ends)
{
	cr_assert(text_is(text_trim(TEXT(" \t\r\na b\v ")), "a b"));
	cr_assert_eq(text_trim(TEXT(" \n ")).len, 0);
}

Test(text, cutting_tells_an_empty_last_part_from_none)
{
	struct text rest = TEXT("a,,b,");

	cr_assert(text_is(text_cut(&rest, ','), "a"));
	cr_assert(text_is(text_cut(&rest, ','), ""));
	cr_assert(text_is(text_cut(&rest, ','), "b"));
	cr_assert_not_null(rest.at);
	cr_assert_eq(rest.len, 0);
	cr_assert(text_is(text_cut(&rest, ','), ""));
	cr_assert_null(rest.at);
}

Test(text, utf8_is_told_from_what_only_looks_like_it)
{
	cr_assert(text_is_utf8(TEXT("")));
	cr_assert(text_is_utf8(TEXT("두레 ₩ 😀 \x7f")));
	cr_assert(text_is_utf8(BYTES("\xf4\x8f\xbf\xbf")));
	cr_assert_not(text_is_utf8(BYTES("\x80")), "continuation alone");
	cr_assert_not(text_is_utf8(BYTES("\xc0\x80")), "overlong NUL");
	cr_assert_not(text_is_utf8(BYTES("\xc1\xbf")), "overlong");
	cr_assert_not(text_is_utf8(BYTES("\xe0\x9f\xbf")), "overlong three");
	cr_assert_not(text_is_utf8(BYTES("\xf0\x8f\xbf\xbf")), "overlong four");
	cr_assert_not(text_is_utf8(BYTES("\xed\xa0\x80")), "surrogate");
	cr_assert_not(text_is_utf8(BYTES("\xf4\x90\x80\x80")), "past the last");
	cr_assert_not(text_is_utf8(BYTES("\xf5\x80\x80\x80")));
	cr_assert_not(text_is_utf8(BYTES("a\xeb\x91")), "cut off");
	cr_assert_not(text_is_utf8(BYTES("\xe2\x28\xa1")));
	cr_assert_not(text_is_utf8(BYTES("\xe2\x82\x28")));
}

Test(text, characters_are_code_points)
{
	cr_assert_eq(text_characters(TEXT("두레")), 2);
	cr_assert_eq(text_characters(TEXT("a😀")), 2);
	cr_assert_eq(text_characters(TEXT("")), 0);
}

Test(text, numbers_are_whole_and_do_not_overflow)
{
	int64_t n = 1;

	cr_assert(text_to_i64(TEXT("0"), &n) && n == 0);
	cr_assert(text_to_i64(TEXT("-7"), &n) && n == -7);
	cr_assert(text_to_i64(TEXT("9223372036854775807"), &n) && n == INT64_MAX);
	cr_assert(text_to_i64(TEXT("-9223372036854775808"), &n) && n == INT64_MIN);
	cr_assert_not(text_to_i64(TEXT("9223372036854775808"), &n));
	cr_assert_not(text_to_i64(TEXT("-9223372036854775809"), &n));
	cr_assert_not(text_to_i64(TEXT("99999999999999999999"), &n));
	cr_assert_not(text_to_i64(TEXT(""), &n));
	cr_assert_not(text_to_i64(TEXT("-"), &n));
	cr_assert_not(text_to_i64(TEXT("+1"), &n));
	cr_assert_not(text_to_i64(TEXT(" 1"), &n));
	cr_assert_not(text_to_i64(TEXT("1.0"), &n));
	cr_assert_not(text_to_i64(TEXT("0x1"), &n));
	cr_assert_eq(n, INT64_MIN, "a refused number changes nothing");
}

Test(text, hex_needs_room_for_the_nul)
{
	char out[5];

	cr_assert(text_to_hex(BYTES("\x00\xfe"), out, sizeof(out)));
	cr_assert_str_eq(out, "00fe");
	cr_assert_not(text_to_hex(BYTES("\x00\xfe"), out, 4));
	cr_assert_not(text_to_hex(TEXT(""), out, 0));
	cr_assert(text_to_hex(TEXT(""), out, 1));
}

Test(text, one_letter_that_cannot_be_printed_is_found_wherever_it_stands)
{
	static const unsigned char odd[] = { 0x00, 0x01, 0x1f, 0x7f, 0x80, 0xa0, 0xff };
	char letters[24];

	cr_assert(text_is_printable(TEXT("")));
	for (size_t len = 1; len < sizeof(letters); len++) {
		memset(letters, '~', len);
		letters[len / 2] = ' ';
		cr_assert(text_is_printable((struct text){ letters, len }));
		for (size_t at = 0; at < len; at++)
			for (size_t i = 0; i < COUNT_OF(odd); i++) {
				char was = letters[at];
				letters[at] = (char)odd[i];
				cr_assert_not(text_is_printable((struct text){ letters, len }), "%02x at %zu", odd[i], at);
				letters[at] = was;
			}
	}
}
