/* The order number that people read: local time and fifteen letters nobody can guess. */
#ifndef COMMERCE_ORDER_NUMBER_H
#define COMMERCE_ORDER_NUMBER_H
#include "common/core/req.h"

/* "20260102030405_0A1B2C3D4E5F6G7": time in Asia/Seoul, then base 36 from the kernel's generator (77 bits). */
struct text order_number(struct req *rq);
#endif
