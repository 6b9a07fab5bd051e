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
/* "비밀번호가 변경되었습니다. …" */
struct text alarm_text_password(void);
/* "오늘 문자 발송 한도(3,000건)에 도달했습니다." scope is phone, ip or day. */
struct text alarm_text_sms_capped(struct arena *mem, struct text scope, int64_t limit);
/* "결제를 확인해 주세요: late_capture, 주문 <id>, 50,000원" A negative amount keeps its sign. */
struct text alarm_text_payment(struct arena *mem, struct text code, struct text order_id, int64_t amount);
/* "50,000포인트가 적립되었습니다. (보유 50,000포인트)" */
struct text alarm_text_points(struct arena *mem, int64_t amount, int64_t balance);
#endif
