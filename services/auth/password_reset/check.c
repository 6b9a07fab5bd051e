/* POST /api/password-resets/code: the code that was sent proves the phone. */
#include "common/db/db.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/password_reset/check.sql.h"
#include "services/auth/signup/token.h"
#include "services/auth/verification/prove.h"

struct proving { struct text digest, code; const struct err *refused; };

/* A wrong code is counted, so this part commits even though the caller is refused. */
static const struct err *
prove(struct req *rq, void *arg)
{
	struct proving *p = arg;
	struct sql_password_reset_code_lock_row row;
	bool found;

	TRY(sql_password_reset_code_lock(rq, p->digest, rq->now_us, &row, &found));
	if (!found)
		return FAIL(rq, GONE, "reset.expired", "this reset is unknown or too old; start again");
	if (row.proven)
		return NULL;
	TRY(code_prove(rq, &(struct code_sent){ row.id, row.code_digest, row.tries, row.expired }, p->code, &p->refused));
	return p->refused == NULL ? sql_password_reset_proven(rq, row.id, p->digest, rq->now_us) : NULL;
}

const struct err *
password_reset_check(struct req *rq, const struct password_reset_check_in *in)
{
	struct proving p = { .digest = handle_digest(rq, in->token), .code = in->code };

	TRY(db_tx(rq, TX_WRITE, prove, &p));
	return p.refused;
}
