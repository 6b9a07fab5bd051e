/* Korean mobile numbers: one spelling in the rows, one masked form in the logs. */
#include <string.h>

#include "common/core/text.h"

enum { TYPED_MAX = 32, DIGITS_MIN = 10, DIGITS_MAX = PHONE_CHARS };

static bool
is_mobile(struct text digits)
{
	return digits.len >= DIGITS_MIN && digits.len <= DIGITS_MAX && digits.at[0] == '0' &&
	    digits.at[1] == '1' && memchr("016789", digits.at[2], 6) != NULL;
}

/* The digits of what was typed, NUL-terminated; false for anything but digits and separators, or
 * too many digits. */
static bool
keep_digits(struct text typed, char *out, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < typed.len; i++) {
		char c = typed.at[i];
		if (c == ' ' || c == '-' || c == '.')
			continue;
		if (c < '0' || c > '9' || *n > DIGITS_MAX)
			return false;
		out[(*n)++] = c;
	}
	return true;
}

bool
text_phone(struct arena *mem, struct text typed, struct text *digits)
{
	static const struct text abroad = { "+82", 3 };
	char kept[DIGITS_MAX + 3] = "0";
	char *first = kept + 1;
	size_t n;

	typed = text_trim(typed);
	if (typed.len > TYPED_MAX)
		return false;
	if (text_starts(typed, abroad)) { /* the leading 0 stands for the country code at home */
		typed.at += abroad.len;
		typed.len -= abroad.len;
		if (!keep_digits(typed, first, &n))
			return false;
		first -= *first != '0';
		n += first == kept;
	} else if (!keep_digits(typed, first, &n)) {
		return false;
	}
	if (!is_mobile((struct text){ first, n }))
		return false;
	*digits = arena_copy(mem, (struct text){ first, n });
	return true;
}

void
text_phone_mask(struct text digits, char out[PHONE_CHARS + 1])
{
	bool known = is_mobile(digits);
	size_t n = known ? digits.len : 3;

	memset(out, '*', n);
	out[n] = '\0';
	if (known) {
		memcpy(out, digits.at, 3);
		memcpy(out + n - 4, digits.at + n - 4, 4);
	}
}

struct text
text_phone_masked(struct arena *mem, struct text digits)
{
	char masked[PHONE_CHARS + 1];

	text_phone_mask(digits, masked);
	return arena_text(mem, masked);
}
