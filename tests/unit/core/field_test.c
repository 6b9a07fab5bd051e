/* Single values against their descriptors: bounds, words, formats. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/core/field.h"
#include "common/core/text.h"

static struct arena *mem;
static struct field_fault why;
static void open_mem(void) { mem = arena_open(1 << 20); }
static void close_mem(void) { arena_close(&mem); }
TestSuite(field, .init = open_mem, .fini = close_mem);

static const char *
number(struct msg_field f, int64_t n)
{
	int64_t at = -1;

	return field_number(&f, n, &at, &why) ? "" : why.code;
}

static const char *
text_with(struct msg_field f, const char *t, size_t len)
{
	struct text at;

	f.kind = MSG_TEXT;
	return field_text(mem, &f, (struct text){ t, len }, &at, &why) ? at.at : why.code;
}

static const char *
text_as(enum msg_format format, const char *t)
{
	return text_with((struct msg_field){ .format = format }, t, strlen(t));
}

Test(field, numbers_keep_their_bounds)
{
	struct msg_field f = { .kind = MSG_I64, .min = 1, .max = 100, .multiple = 5 };

	cr_assert_str_eq(number(f, 5), "");
	cr_assert_str_eq(number(f, 100), "");
	cr_assert_str_eq(number(f, 0), "too_small");
	cr_assert_str_eq(number(f, 105), "too_large");
	cr_assert_str_eq(number(f, 7), "multiple");
	f = (struct msg_field){ .kind = MSG_I64 };
	cr_assert_str_eq(number(f, INT64_MIN), "");
	f.kind = MSG_I32;
	cr_assert_str_eq(number(f, INT32_MAX), "");
	cr_assert_str_eq(number(f, INT64_C(2147483648)), "too_large");
	cr_assert_str_eq(number(f, INT64_C(-2147483649)), "too_small");
	f.kind = MSG_TEXT;
	cr_assert_str_eq(number(f, 1), "type");
}

Test(field, lengths_are_characters)
{
	struct msg_field f = { .min = 2, .max = 3 };

	cr_assert_str_eq(text_with(f, "두레", 6), "두레");
	cr_assert_str_eq(text_with(f, "두", 3), "too_short");
	cr_assert_str_eq(text_with(f, "abcd", 4), "too_long");
	cr_assert_str_eq(text_with(f, "a\0b", 3), "format");
	cr_assert_str_eq(text_with(f, "a\xff", 2), "format");
}

Test(field, a_closed_list_takes_its_words_only)
{
	static const char *const words[] = { "card", "cash", NULL };
	struct msg_field f = { .values = words };

	cr_assert_str_eq(text_with(f, "cash", 4), "cash");
	cr_assert_str_eq(text_with(f, "cas", 3), "enum");
	cr_assert_str_eq(text_with(f, "", 0), "enum");
}

Test(field, plain_text_takes_lines_and_tabs_but_no_other_control)
{
	cr_assert_str_eq(text_as(MSG_ANY, "a\n\tb"), "a\n\tb");
	cr_assert_str_eq(text_as(MSG_ANY, "a\rb"), "format");
	cr_assert_str_eq(text_as(MSG_ANY, "a\x1b[31m"), "format");
}

Test(field, a_line_has_no_control_character_of_any_kind)
{
	cr_assert_str_eq(text_as(MSG_LINE, "두레 café"), "두레 café");
	cr_assert_str_eq(text_as(MSG_LINE, "a\nb"), "format");
	cr_assert_str_eq(text_as(MSG_LINE, "a\tb"), "format");
	cr_assert_str_eq(text_as(MSG_LINE, "a\x7f"), "format");
	cr_assert_str_eq(text_as(MSG_LINE, "a\xc2\x85" "b"), "format");
	cr_assert_str_eq(text_as(MSG_LINE, "a\xe2\x80\xa8"), "format");
}

Test(field, phones_are_stored_as_digits)
{
	struct msg_field f = { .format = MSG_PHONE, .min = 10, .max = 11 };

	cr_assert_str_eq(text_with(f, "+82 10-0000-0001", 16), "01000000001");
	cr_assert_str_eq(text_with(f, "12345", 5), "format");
}

Test(field, mail_addresses_are_lowered_and_checked)
{
	static const char *const wrong[] = {
		"a@b.c",
		"",
		"@example.com",
		"someone@",
		"someone@example",
		"someone@@example.com",
		"a@b@example.com",
		"someone@example..com",
		"someone@.example.com",
		"someone@example.com.",
		"some one@example.com",
		"someone@example.com\n",
		"someone@example.com\r\nBcc: x",
		"<someone@example.com>",
		"a,b@example.com",
		"사람@example.com",
		"\"a\"@example.com",
	};

	cr_assert_str_eq(text_as(MSG_EMAIL, "Some.One+x@Example.COM"), "some.one+x@example.com");
	cr_assert_str_eq(text_as(MSG_EMAIL, "a@b.cd"), "a@b.cd");
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		cr_assert_str_eq(text_as(MSG_EMAIL, wrong[i]), "format", "%s", wrong[i]);
}

Test(field, tokens_are_letters_digits_and_three_signs)
{
	cr_assert_str_eq(text_as(MSG_TOKEN, "aZ09-_."), "aZ09-_.");
	cr_assert_str_eq(text_as(MSG_TOKEN, ""), "format");
	cr_assert_str_eq(text_as(MSG_TOKEN, "a/b"), "format");
	cr_assert_str_eq(text_as(MSG_TOKEN, "두"), "format");
}

Test(field, addresses_are_http_without_user)
{
	static const char *const right[] = {
		"http://example.com",
		"HTTPS://example.com/a?b=c@d#e",
		"https://127.0.0.1:8080/",
		"http://[::1]:80/x",
		"http://[::1]",
	};
	static const char *const wrong[] = {
		"",
		"http://",
		"https:///x",
		"ftp://example.com",
		"//example.com",
		"javascript:alert(1)",
		"http://user@example.com/",
		"http://user:pw@example.com",
		"http://example.com:0/",
		"http://example.com:70000",
		"http://example.com:/",
		"http://exa mple.com",
		"http://example.com/\r\nx",
		"http://example.com\\@evil/",
		"http://example.com:80:80/",
		"http://[]/",
		"http://[::1]x/",
		"http://예.kr/",
		"http://:80/",
		"http://a:-1/",
	};

	for (size_t i = 0; i < COUNT_OF(right); i++)
		cr_assert_str_eq(text_as(MSG_URI, right[i]), right[i]);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		cr_assert_str_eq(text_as(MSG_URI, wrong[i]), "format", "%s", wrong[i]);
}

Test(field, a_list_has_a_bound_even_when_the_contract_names_none)
{
	struct msg_field f = { .kind = MSG_I64, .flags = MSG_LIST };

	cr_assert(field_items(&f, MSG_ITEMS_MAX, &why));
	cr_assert_not(field_items(&f, MSG_ITEMS_MAX + 1, &why));
	cr_assert_str_eq(why.code, "too_many");
	f.min_items = 2;
	cr_assert_not(field_items(&f, 1, &why));
	cr_assert_str_eq(why.code, "too_few");
}

Test(field, items_that_do_not_fit_the_arena_are_refused_not_a_panic)
{
	struct { int64_t *xs; size_t n_xs; } in = { NULL, 0 };
	struct msg_field f = {
		.kind = MSG_I64, .flags = MSG_LIST, .at = 0, .mark = sizeof(void *)
	};
	struct arena *small = arena_open(1000);
	struct field_list list;

	cr_assert_not(field_fits(&f, 126, arena_room(small), &why));
	cr_assert_str_eq(why.code, "too_many");
	cr_assert_not(field_fits(&f, SIZE_MAX / 4, arena_room(small), &why));
	cr_assert(field_fits(&f, 125, arena_room(small), &why));
	list = field_new_list(small, &f, 125, &in);
	cr_assert_eq(in.n_xs, 125);
	cr_assert_eq(in.xs, list.items);
	arena_close(&small);
}
