/* An event enters the outbox in the transaction of its cause. */
#include <string.h>

#include "common/core/app.h"
#include "common/core/id.h"
#include "common/db/db.h"
#include "common/outbox/outbox.h"
#include "common/pack/pack.h"
#include "gen/common/outbox/outbox.sql.h"

const struct err *
outbox_put(struct req *rq, const struct event_type *type, struct uuid key, const void *payload)
{
	struct buf bytes = buf_in(rq->mem, OUTBOX_MAX_PAYLOAD);
	struct sql_outbox_insert_in row = { .event_id = uuid_new(),
		.type = { type->type, strlen(type->type) } };

	pack_write(&bytes, type->payload, payload);
	if (bytes.overflow)
		return FAIL(rq, INTERNAL, "event.too_large", "%s is larger than %d bytes",
		    type->type, OUTBOX_MAX_PAYLOAD);
	row.version = type->version;
	row.occurred_at = rq->now_us;
	row.tenant = rq->company;
	row.key = key;
	row.partition = (int16_t)outbox_partition(key);
	row.trace = rq->trace;
	row.payload = buf_as_text(&bytes);
	row.is_public = type->is_public;
	TRY(sql_outbox_insert(rq, &row));
	db_wake(rq, APP_WAKE_RELAY);
	return NULL;
}
