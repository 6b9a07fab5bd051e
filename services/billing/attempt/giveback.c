/* Money goes back at the provider: read, ask, look whether the part is there. */
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "services/billing/attempt/attempt.h"

/* What a part is called at the provider: its reason. */
static struct text
name_of(struct req *rq, struct uuid id)
{
	char text[UUID_CHARS + 1];

	uuid_print(id, text);
	return text_of(arena_printf(rq->mem, "Dure %s", text));
}

static bool
is_there(struct giveback *g, struct text name, int64_t now_us)
{
	for (size_t i = 0; i < g->said.n_parts; i++) {
		if (!text_eq(g->said.parts[i].reason, name))
			continue;
		g->at_us = g->said.parts[i].at_us != 0 ? g->said.parts[i].at_us : now_us;
		g->outcome = GIVEBACK_DONE;
		return true;
	}
	return false;
}

/* All that is left of a payment of which nothing is left: somebody else has given it back. */
static bool
is_over(struct giveback *g, int64_t now_us)
{
	if (g->amount_krw != 0 || g->said.verdict != TOSS_OVER)
		return false;
	g->at_us = g->said.n_parts > 0 && g->said.parts[g->said.n_parts - 1].at_us != 0 ?
	    g->said.parts[g->said.n_parts - 1].at_us : now_us;
	g->outcome = GIVEBACK_DONE;
	return true;
}

const struct err *
giveback_run(struct req *rq, struct giveback *g)
{
	struct text name = name_of(rq, g->attempt.subject);
	int64_t amount_krw;

	g->outcome = GIVEBACK_UNCLEAR;
	toss_read_key(rq, g->payment_key, &g->said);
	if (is_there(g, name, rq->now_us) || is_over(g, rq->now_us))
		return NULL;
	if (g->said.verdict != TOSS_DONE && g->said.verdict != TOSS_OVER)
		return NULL;
	amount_krw = g->amount_krw != 0 ? g->amount_krw : g->said.balance_krw;
	TRY(attempt_begin(rq, &g->attempt));
	FAULT_POINT("giveback.before_call");
	toss_cancel(rq, g->payment_key, amount_krw, name, g->attempt.key, &g->said);
	FAULT_POINT("giveback.after_call");
	if (!is_there(g, name, rq->now_us) && g->said.verdict == TOSS_REFUSED)
		g->outcome = GIVEBACK_REFUSED;
	return NULL;
}
