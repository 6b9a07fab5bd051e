/* The keys under which the provider is asked to act. */
#include "services/billing/attempt/attempt.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "gen/services/billing/attempt/attempt.sql.h"

const struct err *
attempt_take(struct req *rq, struct attempt *a)
{
	struct sql_attempt_next_row row;
	char id[UUID_CHARS + 1];

	TRY(sql_attempt_lock(rq, a->subject));
	TRY(sql_attempt_next(rq, a->subject, rq->now_us, &row));
	uuid_print(a->subject, id);
	a->number = row.number;
	a->key = text_of(row.number == 1 ? arena_printf(rq->mem, "%s", id) : arena_printf(rq->mem, "%s-%d", id, row.number));
	return NULL;
}

static const struct err *
take(struct req *rq, void *arg)
{
	return attempt_take(rq, arg);
}

const struct err *
attempt_begin(struct req *rq, struct attempt *a)
{
	return db_tx(rq, TX_WRITE, take, a);
}

const struct err *
attempt_note(struct req *rq, const struct attempt *a, const struct toss_payment *said)
{
	if (a->number == 0 || !said->kept)
		return NULL;
	return sql_attempt_answered(rq, a->subject, a->number, said->code);
}
