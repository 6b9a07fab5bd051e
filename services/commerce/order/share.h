/* What pieces of a line are worth when they are given back. */
#ifndef COMMERCE_ORDER_SHARE_H
#define COMMERCE_ORDER_SHARE_H
#include "common/core/base.h"

/* `units` further pieces of a line of `quantity` pieces that cost net_krw after its discounts, when `before` of them were
 * given back already: a piece is worth net / quantity, rounded down, and the last one takes the remainder. So all
 * refunds of a line, however they are cut, sum up to its net. Needs 1 ≤ units ≤ quantity − before, net_krw ≥ 0. */
int64_t refund_share(int64_t net_krw, int32_t quantity, int32_t before, int32_t units);
#endif
