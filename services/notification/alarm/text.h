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
/* "1,000포인트가 지급되었습니다. (후기 감사)" */
struct text alarm_text_granted(struct arena *mem, int64_t amount, struct text reason);
/* "1,000포인트가 소멸되었습니다. (보유 50,000포인트)" */
struct text alarm_text_expired(struct arena *mem, int64_t amount, int64_t balance);
/* "두레 머그컵 주문의 9,000포인트가 환불되었습니다. (보유 41,000포인트)" */
struct text alarm_text_refunded(struct arena *mem, struct text first_product, int64_t amount, int64_t balance);
/* "두레 머그컵 주문이 취소되어 18,000포인트를 돌려드렸습니다." */
struct text alarm_text_cancelled(struct arena *mem, struct text first_product, int64_t amount);
/* "'첫 주문 할인' 쿠폰이 도착했습니다." */
struct text alarm_text_coupon(struct arena *mem, struct text name);
#endif
