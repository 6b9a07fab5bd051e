/* verification.requested: the sealed code goes into a job; it is opened only to be sent. */
#include "services/messaging/message/message.h"
#include "services/messaging/on/on.h"

const struct err *
on_verification_requested(struct req *rq, const struct verification_requested_v1 *ev)
{
	struct uuid id;

	return message_put(rq, &(struct new_message){ .source_id = ev->verification_id, .template = "verification",
		.channel = "sms", .phone = ev->phone, .secret = ev->sealed_code, .expires_us = ev->expires_at }, &id);
}
