/* What an alarm says. */
#include "services/notification/alarm/text.h"
#include "common/core/text.h"
#include "services/notification/alarm/alarm.h"

struct text
alarm_text_order(struct arena *mem, struct text first_product, int32_t lines)
{
	if (lines <= 1)
		return text_of(arena_printf(mem, "%.*s 주문이 접수되었습니다.", TEXT_ARG(first_product)));
	return text_of(arena_printf(mem, "%.*s 외 %d건 주문이 접수되었습니다.", TEXT_ARG(first_product), lines - 1));
}

static struct text
shipped(struct arena *mem, const struct parcel_text *p)
{
	if (p->carrier.at == NULL || p->number.at == NULL)
		return text_of(arena_printf(mem, "%.*s 상품이 발송되었습니다.", TEXT_ARG(p->product)));
	return text_of(arena_printf(mem, "%.*s 상품이 발송되었습니다. (%.*s %.*s)", TEXT_ARG(p->product),
	    TEXT_ARG(p->carrier), TEXT_ARG(p->number)));
}

bool
alarm_text_parcel(struct arena *mem, const struct parcel_text *p, int *kind, struct text *message)
{
	static const struct { const char *status, *rest; int kind; } said[] = {
		{ "preparing", "상품을 준비하고 있습니다.", ALARM_PREPARING },
		{ "delivering", "상품이 배송 중입니다.", ALARM_DELIVERING },
		{ "delivered", "상품이 배송 완료되었습니다.", ALARM_DELIVERED },
	};

	if (text_is(p->status, "shipped")) {
		*kind = ALARM_SHIPPED;
		*message = shipped(mem, p);
		return true;
	}
	for (size_t i = 0; i < COUNT_OF(said); i++) {
		if (!text_is(p->status, said[i].status))
			continue;
		*kind = said[i].kind;
		*message = text_of(arena_printf(mem, "%.*s %s", TEXT_ARG(p->product), said[i].rest));
		return true;
	}
	return false;
}

/* "1,234,567" */
static const char *
grouped(struct arena *mem, uint64_t n)
{
	if (n < 1000)
		return arena_printf(mem, "%llu", (unsigned long long)n);
	return arena_printf(mem, "%s,%03llu", grouped(mem, n / 1000), (unsigned long long)(n % 1000));
}

struct text
alarm_text_password(void)
{
	return TEXT("비밀번호가 변경되었습니다. 본인이 변경하지 않았다면 바로 비밀번호를 재설정해 주세요.");
}

struct text
alarm_text_sms_capped(struct arena *mem, struct text scope, int64_t limit)
{
	const char *whose = text_is(scope, "phone") ? "한 번호의" : text_is(scope, "ip") ? "한 주소의" : "오늘";

	return text_of(arena_printf(mem, "%s 문자 발송 한도(%s건)에 도달했습니다.", whose, grouped(mem, (uint64_t)limit)));
}

struct text
alarm_text_payment(struct arena *mem, struct text code, struct text order_id, int64_t amount)
{
	uint64_t won = amount < 0 ? -(uint64_t)amount : (uint64_t)amount;

	return text_of(arena_printf(mem, "결제를 확인해 주세요: %.*s, 주문 %.*s, %s%s원", TEXT_ARG(code), TEXT_ARG(order_id),
	    amount < 0 ? "-" : "", grouped(mem, won)));
}

struct text
alarm_text_points(struct arena *mem, int64_t amount, int64_t balance)
{
	return text_of(arena_printf(mem, "%s포인트가 적립되었습니다. (보유 %s포인트)", grouped(mem, (uint64_t)amount),
	    grouped(mem, (uint64_t)balance)));
}

struct text
alarm_text_granted(struct arena *mem, int64_t amount, struct text reason)
{
	return text_of(arena_printf(mem, "%s포인트가 지급되었습니다. (%.*s)", grouped(mem, (uint64_t)amount),
	    TEXT_ARG(reason)));
}

struct text
alarm_text_expired(struct arena *mem, int64_t amount, int64_t balance)
{
	return text_of(arena_printf(mem, "%s포인트가 소멸되었습니다. (보유 %s포인트)", grouped(mem, (uint64_t)amount),
	    grouped(mem, (uint64_t)balance)));
}

struct text
alarm_text_refunded(struct arena *mem, struct text first_product, int64_t amount, int64_t balance)
{
	return text_of(arena_printf(mem, "%.*s 주문의 %s포인트가 환불되었습니다. (보유 %s포인트)", TEXT_ARG(first_product),
	    grouped(mem, (uint64_t)amount), grouped(mem, (uint64_t)balance)));
}

struct text
alarm_text_cancelled(struct arena *mem, struct text first_product, int64_t amount)
{
	return text_of(arena_printf(mem, "%.*s 주문이 취소되어 %s포인트를 돌려드렸습니다.", TEXT_ARG(first_product),
	    grouped(mem, (uint64_t)amount)));
}

struct text
alarm_text_coupon(struct arena *mem, struct text name)
{
	return text_of(arena_printf(mem, "'%.*s' 쿠폰이 도착했습니다.", TEXT_ARG(name)));
}
