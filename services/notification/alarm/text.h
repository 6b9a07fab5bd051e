/* What an alarm says: plain Korean text, no markup. */
#ifndef NOTIFICATION_ALARM_TEXT_H
#define NOTIFICATION_ALARM_TEXT_H
#include "common/core/arena.h"

/* "두레 머그컵 외 1건 주문이 접수되었습니다." lines ≥ 1. */
struct text alarm_text_order(struct arena *mem, struct text first_product, int32_t lines);
/* status is one of preparing, shipped, delivering, delivered. carrier and number are told of a shipped parcel; .at
 * NULL: unknown. False for a status that nobody is told of. */
struct parcel_text { struct text status, product, carrier, number; };
bool alarm_text_parcel(struct arena *mem, const struct parcel_text *p, int *kind, struct text *message) MUST_USE;
/* "50,000포인트가 적립되었습니다. (보유 50,000포인트)" */
struct text alarm_text_points(struct arena *mem, int64_t amount, int64_t balance);
#endif
