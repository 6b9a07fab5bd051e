/* What a password must hold. */
#include "services/auth/password/rule.h"
#include <string.h>

void
password_rule(struct err_fields *fs, const char *pointer, struct text password)
{
	bool letter = false, digit = false, special = false;

	for (size_t i = 0; i < password.len; i++) {
		char c = password.at[i];

		letter = letter || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		digit = digit || (c >= '0' && c <= '9');
		special = special || (c != '\0' && strchr("~!@#$%^&*()_+|<>?:{}", c) != NULL);
	}
	if (!letter || !digit || !special)
		err_field_add(fs, pointer, "weak", "needs a letter, a digit and one of ~!@#$%%^&*()_+|<>?:{}");
}
