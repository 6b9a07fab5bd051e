/* Names of keys: what may stand in one. Private to common/token. */
#ifndef TOKEN_KID_H
#define TOKEN_KID_H
#include "common/core/base.h"

enum { KID_MAX = 31 };       /* struct keyring and struct access_token hold 32 with the NUL */

/* 1 to KID_MAX of letters, digits, '-' and '_': no separator of any list or header we write. */
bool kid_good(struct text kid);
/* kid must be good. */
void kid_copy(char out[KID_MAX + 1], struct text kid);
#endif
