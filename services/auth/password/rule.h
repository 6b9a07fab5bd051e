/* What a password must hold, as the sign-up page has always said. */
#ifndef AUTH_PASSWORD_RULE_H
#define AUTH_PASSWORD_RULE_H
#include "common/core/err.h"

/* Adds "weak" at the pointer when a letter, a digit or one of ~!@#$%^&*()_+|<>?:{} is missing. */
void password_rule(struct err_fields *fs, const char *pointer, struct text password);
#endif
