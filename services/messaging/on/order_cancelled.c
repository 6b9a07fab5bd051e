/* order.cancelled: word of it to the phone that had word of the order. */
#include "common/core/text.h"
#include "services/messaging/message/message.h"
#include "services/messaging/on/on.h"

const struct err *
on_order_cancelled(struct req *rq, const struct order_cancelled_v1 *ev)
{
	struct uuid id;

	return message_put(rq, &(struct new_message){ .source_id = ev->order_id, .template = "orderCancelled",
		.channel = "alimtalk", .phone = ev->phone, .content = text_of(arena_printf(rq->mem,
		"%.*s님, 주문이 취소되었습니다.\n상품: %.*s\n환불: %lld포인트\n주문번호: %.*s", TEXT_ARG(ev->recipient),
		TEXT_ARG(ev->first_product), (long long)ev->refunded_krw, TEXT_ARG(ev->order_no))) }, &id);
}
