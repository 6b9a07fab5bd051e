/* order.refunded: word of what an operator gave back; the buyer's own cancellation has its own notice. */
#include "common/core/text.h"
#include "services/messaging/message/message.h"
#include "services/messaging/on/on.h"

const struct err *
on_order_refunded(struct req *rq, const struct order_refunded_v1 *ev)
{
	struct uuid id;

	if (text_is(ev->status, "cancelled"))
		return NULL;
	return message_put(rq, &(struct new_message){ .source_id = ev->refund_id, .template = "orderRefunded",
		.channel = "alimtalk", .phone = ev->phone, .content = text_of(arena_printf(rq->mem,
		"%.*s님, 주문이 환불되었습니다.\n상품: %.*s\n환불: %lld포인트\n주문번호: %.*s", TEXT_ARG(ev->recipient),
		TEXT_ARG(ev->first_product), (long long)ev->delta_krw, TEXT_ARG(ev->order_no))) }, &id);
}
