/* CSV: quoted by RFC 4180, and nothing in it is a formula. */
#include <criterion/criterion.h>
#include "common/core/text.h"
#include "services/commerce/order/csv.h"

static const char *
cell(const char *text)
{
	static char bytes[256];
	struct buf to = { .at = bytes, .cap = sizeof(bytes), .max_bytes = sizeof(bytes) - 1 };

	csv_text(&to, text_of(text));
	bytes[to.len] = '\0';
	return bytes;
}

Test(csv, texts_are_quoted_and_quotes_doubled)
{
	cr_assert_str_eq(cell("두레 머그컵"), "\"두레 머그컵\",");
	cr_assert_str_eq(cell("a \"b\", c"), "\"a \"\"b\"\", c\",");
	cr_assert_str_eq(cell("two\r\nlines"), "\"two\r\nlines\",");
	cr_assert_str_eq(cell(""), "\"\",");
}

Test(csv, what_a_spreadsheet_would_run_has_an_apostrophe_before_it)
{
	static const char *const formulas[] = { "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x" };

	for (size_t i = 0; i < COUNT_OF(formulas); i++)
		cr_expect_eq(cell(formulas[i])[1], '\'', "%s", formulas[i]);
	cr_assert_str_eq(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\",");
	cr_assert_str_eq(cell("a=1"), "\"a=1\",");
}

Test(csv, a_line_ends_with_cr_lf_instead_of_its_last_comma)
{
	char bytes[64] = "";
	struct buf to = { .at = bytes, .cap = sizeof(bytes), .max_bytes = sizeof(bytes) - 1 };

	csv_text(&to, TEXT("a"));
	csv_i64(&to, -5);
	csv_end(&to);
	cr_assert_str_eq(bytes, "\"a\",-5\r\n");
}
