/* What alarms say. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/text.h"
#include "services/notification/alarm/alarm.h"
#include "services/notification/alarm/text.h"

static struct arena *mem;

static void
open_memory(void)
{
	mem = arena_open(1 << 20);
}

static void
close_memory(void)
{
	arena_close(&mem);
}

TestSuite(notification, .init = open_memory, .fini = close_memory, .timeout = 60);

static void
says(struct text got, const char *wanted)
{
	cr_assert(text_is(got, wanted), "\"%.*s\" is not \"%s\"", TEXT_ARG(got), wanted);
}

Test(notification, an_order_of_one_line_names_the_product_and_of_more_how_many_others)
{
	says(alarm_text_order(mem, TEXT("두레 머그컵"), 1), "두레 머그컵 주문이 접수되었습니다.");
	says(alarm_text_order(mem, TEXT("두레 머그컵"), 3), "두레 머그컵 외 2건 주문이 접수되었습니다.");
}

static void
parcel_says(const char *status, int wanted_kind, const char *wanted)
{
	struct parcel_text p = { text_of(status), TEXT("두레 머그컵"), TEXT("CJ대한통운"), TEXT("123456789012") };
	struct text message;
	int kind;

	cr_assert(alarm_text_parcel(mem, &p, &kind, &message));
	cr_assert_eq(kind, wanted_kind);
	says(message, wanted);
}

Test(notification, every_state_of_a_parcel_but_the_first_is_told)
{
	struct parcel_text ordered = { .status = TEXT("ordered"), .product = TEXT("두레 머그컵") };
	struct text message;
	int kind;

	parcel_says("preparing", 101, "두레 머그컵 상품을 준비하고 있습니다.");
	parcel_says("shipped", 102, "두레 머그컵 상품이 발송되었습니다. (CJ대한통운 123456789012)");
	parcel_says("delivering", 103, "두레 머그컵 상품이 배송 중입니다.");
	parcel_says("delivered", 104, "두레 머그컵 상품이 배송 완료되었습니다.");
	cr_assert_not(alarm_text_parcel(mem, &ordered, &kind, &message));
}

Test(notification, a_shipped_parcel_without_a_number_is_told_without_one)
{
	struct parcel_text p = { .status = TEXT("shipped"), .product = TEXT("두레 머그컵"), .carrier = TEXT("CJ대한통운") };
	struct text message;
	int kind;

	cr_assert(alarm_text_parcel(mem, &p, &kind, &message));
	says(message, "두레 머그컵 상품이 발송되었습니다.");
}

Test(notification, points_are_told_with_their_thousands_apart)
{
	says(alarm_text_points(mem, 50000, 1234567), "50,000포인트가 적립되었습니다. (보유 1,234,567포인트)");
	says(alarm_text_points(mem, 1, 1001), "1포인트가 적립되었습니다. (보유 1,001포인트)");
}

Test(notification, what_came_back_what_was_given_and_what_has_gone_is_told)
{
	struct text mug = TEXT("두레 머그컵");

	says(alarm_text_refunded(mem, mug, 9000, 41000), "두레 머그컵 주문의 9,000포인트가 환불되었습니다. (보유 41,000포인트)");
	says(alarm_text_cancelled(mem, mug, 18000), "두레 머그컵 주문이 취소되어 18,000포인트를 돌려드렸습니다.");
	says(alarm_text_granted(mem, 1000, TEXT("후기 감사")), "1,000포인트가 지급되었습니다. (후기 감사)");
	says(alarm_text_expired(mem, 1000, 0), "1,000포인트가 소멸되었습니다. (보유 0포인트)");
	says(alarm_text_coupon(mem, TEXT("첫 주문 할인")), "'첫 주문 할인' 쿠폰이 도착했습니다.");
}

Test(notification, an_alarm_for_a_socket_has_the_products_fields)
{
	struct alarm a = { .alarm_id = { { 1, 0x92, 0x6f } }, .number = 7, .alarm_type = 100, .has_path = true,
		.message = TEXT("\"두레\" <b>"), .path = TEXT("/orders/1"), .created_at = INT64_C(1767323045000000) };
	struct buf b = buf_in(mem, 4096);

	alarm_write(&b, &a);
	says(buf_as_text(&b), "{\"alarmId\":\"01926f00-0000-0000-0000-000000000000\",\"number\":7,\"path\":\"/orders/1\","
	    "\"repeat_time\":null,\"message\":\"\\\"두레\\\" <b>\",\"createdAt\":\"2026-01-02T03:04:05.000000Z\","
	    "\"alarm_type\":100,\"confirm\":false}");
	buf_reset(&b);
	a.has_path = false;
	alarm_write(&b, &a);
	cr_assert_not_null(strstr(arena_copy(mem, buf_as_text(&b)).at, "\"path\":null"));
}
