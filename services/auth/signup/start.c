/* POST /api/create/token: keep the sign-up data, hand out an opaque token for it.
 *
 * The password is hashed before the first statement, so no transaction waits for argon2. */
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/signup/start.sql.h"
#include "common/token/password.h"
#include "services/auth/auth.h"
#include "services/auth/signup/token.h"
#include "services/auth/password/rule.h"

const struct err *
signup_start(struct req *rq, const struct signup_start_in *in, struct signup_token *out)
{
	struct err_fields fs = { .rq = rq };
	const struct auth *auth = auth_of(rq);
	struct text phc;

	password_rule(&fs, "/password", in->password);
	TRY(err_fields_done(&fs));
	TRY(password_hash(rq, auth->passwords, in->password, &phc));
	out->token = handle_new(rq);
	out->expires_in_seconds = (int32_t)auth->config->signup_life_s;
	return sql_signup_insert(rq, &(struct sql_signup_insert_in){
		.token_digest = handle_digest(rq, out->token), .phone = in->phone, .email = in->email,
		.name = in->name, .password_phc = phc, .created_at = rq->now_us,
		.expires_at = rq->now_us + seconds_us(auth->config->signup_life_s) });
}
