/* order.placed: the buyer gets a KakaoTalk notice, paid by the platform. */
#include "common/core/text.h"
#include "services/messaging/message/message.h"
#include "services/messaging/on/on.h"

const struct err *
on_order_placed(struct req *rq, const struct order_placed_v1 *ev)
{
	struct uuid id;
	const char *others = ev->line_count > 1 ? arena_printf(rq->mem, " 외 %d건", ev->line_count - 1) : "";

	return message_put(rq, &(struct new_message){ .source_id = ev->order_id, .template = "orderPlaced",
		.channel = "alimtalk", .phone = ev->phone, .content = text_of(arena_printf(rq->mem,
		"%.*s님, 주문이 접수되었습니다.\n상품: %.*s%s\n결제: %lld포인트\n주문번호: %.*s", TEXT_ARG(ev->recipient),
		TEXT_ARG(ev->first_product), others, (long long)ev->paid_krw, TEXT_ARG(ev->order_no))) }, &id);
}
