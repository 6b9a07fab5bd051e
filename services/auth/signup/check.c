/* POST /api/join/check: without a code one is sent to the phone, with a code the phone is proven. */
#include "common/core/clock.h"
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/http/http.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "common/token/digest.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/services/auth/signup/check.sql.h"
#include "services/auth/auth.h"
#include "services/auth/signup/code.h"
#include "services/auth/signup/token.h"

static const struct err *
gone(struct req *rq)
{
	return FAIL(rq, GONE, "signup.expired", "this sign-up is unknown or too old; start again");
}

/* May a code go to this phone now? */
static const struct err *
check_send(struct req *rq, const struct sql_signup_find_row *row)
{
	const struct auth_config *config = auth_of(rq)->config;
	int64_t next_us = row->has_last_sent_at ? row->last_sent_at + seconds_us(config->code_resend_s) : 0;
	struct err *e;

	if (row->phone_taken)
		return FAIL(rq, CONFLICT, "signup.phone_taken", "this phone belongs to a user already; log in instead");
	if (row->email_taken)
		return FAIL(rq, CONFLICT, "signup.email_taken", "this e-mail belongs to a user already");
	if (next_us > rq->now_us) {
		e = FAIL(rq, TOO_MANY, "verification.too_soon", "wait before asking for another code");
		e->retry_after_s = (int)((next_us - rq->now_us + 999999) / 1000000);
		return e;
	}
	if (row->sent_today >= config->code_daily_max) {
		e = FAIL(rq, TOO_MANY, "verification.daily_limit", "too many codes were sent to this phone today");
		e->retry_after_s = (int)((day_start_us(day_add_days(day_in_seoul(rq->now_us), 1)) - rq->now_us) / 1000000) + 1;
		return e;
	}
	return NULL;
}

/* refused: what the caller hears although the transaction commits. */
struct asked { struct text digest, code; const struct err *refused; };

static const struct err *
send_code(struct req *rq, void *arg)
{
	const struct auth_config *config = auth_of(rq)->config;
	int64_t expires_us = rq->now_us + seconds_us(config->code_life_s);
	struct uuid id = uuid_new();
	struct sql_signup_find_row row;
	struct text code = code_new(rq);
	struct asked *asked = arg;
	bool found;

	TRY(sql_signup_phone_lock(rq, asked->digest));
	TRY(sql_signup_find(rq, asked->digest, day_start_us(day_in_seoul(rq->now_us)), &row, &found));
	if (!found || row.expires_at <= rq->now_us)
		return gone(rq);
	if (row.proven)
		return FAIL(rq, CONFLICT, "signup.proven", "this phone is proven already; finish the sign-up");
	TRY(check_send(rq, &row));
	TRY(sql_verification_insert(rq, id, asked->digest, row.phone, code_digest(rq, id, code), rq->now_us,
	    expires_us));
	LOG(rq, INFO, "verification.requested", kv_u("verification", id), kv_phone("phone", row.phone));
	FAULT_POINT("signup.code_written");
	return outbox_put(rq, &verification_requested_v1_event, id, &(struct verification_requested_v1){
		.verification_id = id, .phone = row.phone, .purpose = TEXT("signup"),
		.sealed_code = code_sealed(rq, id, code), .expires_at = expires_us });
}

static const struct err *
judge(struct req *rq, const struct sql_verification_lock_row *row)
{
	if (row->signup_expired)
		return gone(rq);
	if (row->tries >= CODE_TRIES)
		return FAIL(rq, RULE, "verification.too_many_tries", "this code is dead; ask for another");
	if (row->expired)
		return FAIL(rq, RULE, "verification.expired", "this code is too old; ask for another");
	return NULL;
}

/* A wrong code is counted, so this part commits even though the caller is refused. */
static const struct err *
prove(struct req *rq, void *arg)
{
	struct asked *asked = arg;
	struct sql_verification_lock_row row;
	bool found;

	TRY(sql_verification_lock(rq, asked->digest, rq->now_us, &row, &found));
	if (!found)
		return gone(rq);
	if (row.proven)
		return NULL;
	TRY(judge(rq, &row));
	if (digest_same(row.code_digest, code_digest(rq, row.id, asked->code)))
		return sql_verification_proven(rq, row.id, asked->digest, rq->now_us);
	asked->refused = FAIL(rq, RULE, "verification.wrong_code", "this is not the code that was sent");
	return sql_verification_missed(rq, row.id);
}

const struct err *
signup_check(struct req *rq, const struct signup_check_in *in, struct signup_check_result *out)
{
	const struct auth_config *config = auth_of(rq)->config;
	struct asked asked = { .digest = handle_digest(rq, in->token), .code = in->code };

	if (in->has_code) {
		TRY(db_tx(rq, TX_WRITE, prove, &asked));
		out->status = TEXT("proven");
		return asked.refused;
	}
	TRY(db_tx(rq, TX_WRITE, send_code, &asked));
	http_status(rq, 202);
	*out = (struct signup_check_result){ .status = TEXT("sent"),
		.has_expires_in_seconds = true, .expires_in_seconds = (int32_t)config->code_life_s,
		.has_resend_in_seconds = true, .resend_in_seconds = (int32_t)config->code_resend_s };
	return NULL;
}
