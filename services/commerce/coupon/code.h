/* Coupon codes: 16 letters of Crockford's base 32, shown in fours, typed as one likes. */
#ifndef COMMERCE_COUPON_CODE_H
#define COMMERCE_COUPON_CODE_H
#include "common/core/arena.h"

enum { CODE_LETTERS = 16 };

/* 80 bits of the kernel's generator, as they are stored: without dashes. */
struct text coupon_code_new(struct arena *mem);
/* "ABCD-EFGH-JKMN-PQRS" */
struct text coupon_code_shown(struct arena *mem, struct text stored);
/* What somebody typed, as it is stored: case, dashes and blanks do not count, and O is 0, I and L are 1. False when it
 * cannot be a code. */
bool        coupon_code_read(struct arena *mem, struct text typed, struct text *stored) MUST_USE;
#endif
