/* POST /api/join/do: the user, the placeholder company, its templates and the membership, in one transaction. */
#include "common/core/fault.h"
#include "common/log/log.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/signup/finish.sql.h"
#include "services/auth/auth.h"
#include "services/auth/signup/token.h"
#include "services/auth/user/create.h"

static const struct err *
check_agreements(struct req *rq, const struct signup_finish_in *in)
{
	struct err_fields fs = { .rq = rq };

	if (!in->use_agree)
		err_field_add(&fs, "/useAgree", "required", "the terms of use must be agreed to");
	if (!in->private_agree)
		err_field_add(&fs, "/privateAgree", "required", "the privacy terms must be agreed to");
	return err_fields_done(&fs);
}

const struct err *
signup_finish(struct req *rq, const struct signup_finish_in *in, struct signup_result *out)
{
	struct sql_signup_take_row row;
	bool found;

	TRY(check_agreements(rq, in));
	TRY(sql_signup_take(rq, handle_digest(rq, in->token), &row, &found));
	if (!found || row.expires_at <= rq->now_us)
		return FAIL(rq, GONE, "signup.expired", "this sign-up is unknown or too old; start again");
	if (!row.proven)
		return FAIL(rq, CONFLICT, "signup.not_proven", "prove the phone with its code first");
	TRY(user_create(rq, &(struct new_user){ .phone = row.phone, .email = row.email, .name = row.name,
		.password_phc = row.password_phc, .marketing_agree = in->has_marketing_agree && in->marketing_agree },
	    &out->user_id, &out->company_id));
	LOG(rq, INFO, "user.joined", kv_u("user", out->user_id), kv_u("company", out->company_id));
	FAULT_POINT("signup.finished");
	return NULL;
}
