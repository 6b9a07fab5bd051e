/* password.changed: the owner of the phone hears of it, should it have been somebody else. */
#include "common/core/id.h"
#include "services/messaging/message/message.h"
#include "services/messaging/on/on.h"

/* A user may change it twice, so the message has an id of its own; the inbox hears each change once. */
const struct err *
on_password_changed(struct req *rq, const struct password_changed_v1 *ev)
{
	struct uuid id;

	return message_put(rq, &(struct new_message){ .source_id = uuid_new(), .template = "passwordChanged", .channel = "sms",
		.phone = ev->phone,
		.content = TEXT("[두레] 비밀번호가 변경되었습니다. 본인이 아니라면 지금 비밀번호를 재설정해 주세요.") }, &id);
}
