/* The events that notification hears. */
#include "tests/integration/notification/events.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"

struct person
somebody(void)
{
	return (struct person){ uuid_new(), uuid_new() };
}

struct order_placed_v1
order_of(struct person who)
{
	return (struct order_placed_v1){ .order_id = uuid_new(), .order_no = TEXT("20260102030405_0A1B2C3D4E5F6G7"),
		.user_id = who.user, .company_id = who.company, .first_product = TEXT("두레 머그컵"), .line_count = 1,
		.total_krw = 20000, .discount_krw = 2000, .paid_krw = 18000, .recipient = TEXT("김두레"),
		.phone = TEXT("01000000001"), .placed_at = clock_now_us() };
}

struct shipping_moved_v1
parcel_of(struct person who, struct uuid order, const char *status)
{
	return (struct shipping_moved_v1){ .order_id = order, .order_no = TEXT("20260102030405_0A1B2C3D4E5F6G7"),
		.user_id = who.user, .company_id = who.company, .status = text_of(status), .has_carrier = true,
		.carrier = TEXT("CJ대한통운"), .has_tracking_number = true, .tracking_number = TEXT("123456789012"),
		.first_product = TEXT("두레 머그컵"), .recipient = TEXT("김두레"), .phone = TEXT("01000000001"),
		.moved_at = clock_now_us() };
}

void
place_orders(struct kit *k, struct person who, int n)
{
	for (int i = 0; i < n; i++) {
		struct order_placed_v1 order = order_of(who);

		kit_sure(kit_hear(k, &order_placed_v1_event, who.company, &order) == NULL);
	}
}
