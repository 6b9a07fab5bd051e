/* POST /api/join/check: without a code one is sent to the phone, with a code the phone is proven. */
#include "common/core/clock.h"
#include "common/core/fault.h"
#include "common/http/http.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/signup/check.sql.h"
#include "services/auth/auth.h"
#include "services/auth/signup/token.h"
#include "services/auth/verification/prove.h"
#include "services/auth/verification/send.h"

static const struct err *
gone(struct req *rq)
{
	return FAIL(rq, GONE, "signup.expired", "this sign-up is unknown or too old; start again");
}

static const struct err *
check_free(struct req *rq, const struct sql_signup_find_row *row)
{
	if (row->proven)
		return FAIL(rq, CONFLICT, "signup.proven", "this phone is proven already; finish the sign-up");
	if (row->phone_taken)
		return FAIL(rq, CONFLICT, "signup.phone_taken", "this phone belongs to a user already; log in instead");
	if (row->email_taken)
		return FAIL(rq, CONFLICT, "signup.email_taken", "this e-mail belongs to a user already");
	return NULL;
}

/* refused: what the caller hears although the transaction commits. */
struct asked { struct text digest, code; const struct err *refused; };

static const struct err *
send_code(struct req *rq, void *arg)
{
	struct asked *asked = arg;
	struct sql_signup_find_row row;
	struct code_ask ask;
	bool found;

	TRY(sql_signup_phone_lock(rq, asked->digest));
	TRY(sql_signup_find(rq, asked->digest, day_start_us(day_in_seoul(rq->now_us)), &row, &found));
	if (!found || row.expires_at <= rq->now_us)
		return gone(rq);
	TRY(check_free(rq, &row));
	ask = (struct code_ask){ .phone = row.phone, .purpose = "signup", .belongs_to = asked->digest, .real = true,
		.has_last_sent_at = row.has_last_sent_at, .last_sent_at = row.last_sent_at, .sent_today = row.sent_today };
	TRY(code_allowed(rq, &ask, &asked->refused));
	if (asked->refused != NULL)
		return NULL;
	TRY(code_send(rq, &ask));
	FAULT_POINT("signup.code_written");
	return NULL;
}

/* No code belongs to the token: the sign-up is unknown, too old, or waits for one to be sent. */
static const struct err *
no_code(struct req *rq, struct text digest)
{
	struct sql_signup_waits_row row;
	bool waits;

	TRY(sql_signup_waits(rq, digest, rq->now_us, &row, &waits));
	if (waits)
		return FAIL(rq, CONFLICT, "verification.not_sent", "no code was sent yet; ask for one first");
	return gone(rq);
}

/* A wrong code is counted, so this part commits even though the caller is refused. */
static const struct err *
prove(struct req *rq, void *arg)
{
	struct asked *asked = arg;
	struct sql_signup_code_lock_row row;
	bool found;

	TRY(sql_signup_code_lock(rq, asked->digest, rq->now_us, &row, &found));
	if (!found)
		return no_code(rq, asked->digest);
	if (row.proven)
		return NULL;
	if (row.signup_expired)
		return gone(rq);
	TRY(code_prove(rq, &(struct code_sent){ row.id, row.code_digest, row.tries, row.expired }, asked->code,
	    &asked->refused));
	return asked->refused == NULL ? sql_signup_proven(rq, row.id, asked->digest, rq->now_us) : NULL;
}

const struct err *
signup_check(struct req *rq, const struct signup_check_in *in, struct signup_check_result *out)
{
	const struct auth_config *config = auth_of(rq)->config;
	struct asked asked = { .digest = handle_digest(rq, in->token), .code = in->code };

	TRY(db_tx(rq, TX_WRITE, in->has_code ? prove : send_code, &asked));
	if (asked.refused != NULL)
		return asked.refused;
	if (in->has_code) {
		out->status = TEXT("proven");
		return NULL;
	}
	http_status(rq, 202);
	*out = (struct signup_check_result){ .status = TEXT("sent"),
		.has_expires_in_seconds = true, .expires_in_seconds = (int32_t)config->code_life_s,
		.has_resend_in_seconds = true, .resend_in_seconds = (int32_t)config->code_resend_s };
	return NULL;
}
