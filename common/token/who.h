/* Token types by name. Private to common/token. */
#ifndef TOKEN_WHO_H
#define TOKEN_WHO_H
#include "common/core/req.h"

/* "staff"; NULL for who carries no access token. */
const char *who_word(enum who who);
bool        who_of(const char *word, enum who *out) MUST_USE;
#endif
