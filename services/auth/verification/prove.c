/* A code that comes back. */
#include "services/auth/verification/prove.h"
#include "common/token/digest.h"
#include "gen/services/auth/verification/prove.sql.h"
#include "services/auth/verification/code.h"

const struct err *
code_prove(struct req *rq, const struct code_sent *sent, struct text code, const struct err **refused)
{
	*refused = NULL;
	if (sent->tries >= CODE_TRIES)
		return FAIL(rq, RULE, "verification.too_many_tries", "this code is dead; ask for another");
	if (sent->expired)
		return FAIL(rq, RULE, "verification.expired", "this code is too old; ask for another");
	if (digest_same(sent->digest, code_digest(rq, sent->id, code)))
		return NULL;
	*refused = FAIL(rq, RULE, "verification.wrong_code", "this is not the code that was sent");
	return sql_verification_missed(rq, sent->id);
}
