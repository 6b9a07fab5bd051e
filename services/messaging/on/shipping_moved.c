/* shipping.moved: a parcel that left is worth a KakaoTalk notice, with where to follow it. */
#include "common/core/text.h"
#include "services/messaging/message/message.h"
#include "services/messaging/on/on.h"

const struct err *
on_shipping_moved(struct req *rq, const struct shipping_moved_v1 *ev)
{
	struct uuid id;

	if (!text_is(ev->status, "shipped"))
		return NULL;
	return message_put(rq, &(struct new_message){ .source_id = ev->order_id, .template = "orderShipped",
		.channel = "alimtalk", .phone = ev->phone, .content = text_of(arena_printf(rq->mem,
		"%.*s님, 주문하신 상품이 발송되었습니다.\n상품: %.*s\n택배사: %.*s\n운송장번호: %.*s", TEXT_ARG(ev->recipient),
		TEXT_ARG(ev->first_product), TEXT_ARG(ev->carrier), TEXT_ARG(ev->tracking_number))) }, &id);
}
