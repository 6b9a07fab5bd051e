/* Coupon codes. */
#include "services/commerce/coupon/code.h"
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"

static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct text
coupon_code_new(struct arena *mem)
{
	char *code = arena_zero(mem, CODE_LETTERS + 1, 1);

	for (int i = 0; i < CODE_LETTERS; i++)
		code[i] = letters[random_below(sizeof(letters) - 1)];
	return (struct text){ code, CODE_LETTERS };
}

struct text
coupon_code_shown(struct arena *mem, struct text stored)
{
	return text_of(arena_printf(mem, "%.4s-%.4s-%.4s-%.4s", stored.at, stored.at + 4, stored.at + 8, stored.at + 12));
}

/* '\0': not a letter of a code. */
static char
letter_of(char c)
{
	char upper = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;

	if (upper == 'O')
		return '0';
	if (upper == 'I' || upper == 'L')
		return '1';
	return upper != '\0' && strchr(letters, upper) != NULL ? upper : '\0';
}

bool
coupon_code_read(struct arena *mem, struct text typed, struct text *stored)
{
	char *code = arena_zero(mem, CODE_LETTERS + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < typed.len; i++) {
		char c = typed.at[i];

		if (c == '-' || c == ' ')
			continue;
		c = letter_of(c);
		if (c == '\0' || n == CODE_LETTERS)
			return false;
		code[n++] = c;
	}
	*stored = (struct text){ code, n };
	return n == CODE_LETTERS;
}
