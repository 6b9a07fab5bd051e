/* A message and the job that sends it, in the transaction of their cause. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "services/messaging/message/message.h"

const struct err *
message_put(struct req *rq, const struct new_message *m, struct uuid *id)
{
	char key[UUID_CHARS + 1];
	int64_t rows;

	*id = uuid_new();
	uuid_print(*id, key);
	TRY(sql_message_insert(rq, &(struct sql_message_insert_in){ .id = *id, .source_id = m->source_id,
		.template = text_of(m->template), .channel = text_of(m->channel), .company_id = rq->company,
		.phone = m->phone, .content = m->content, .created_at = rq->now_us,
		.expires_at = m->expires_us != 0 ? &m->expires_us : NULL }, &rows));
	return rows == 0 ? NULL : job_put(rq, "message_send", text_of(key), m->secret, rq->now_us);
}
