/* PUT /api/password-resets/password: whoever has proven the phone chooses a new password; all sessions end.
 *
 * The token is looked at before argon2 is put to work, and taken behind it. */
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/log/log.h"
#include "common/token/password.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/password_reset/finish.sql.h"
#include "services/auth/auth.h"
#include "services/auth/password/rule.h"
#include "services/auth/password/set.h"
#include "services/auth/signup/token.h"
#include "services/auth/throttle/device.h"

struct finishing { struct text digest; struct new_password password; struct session_ids ended; };

static const struct err *
gone(struct req *rq)
{
	return FAIL(rq, GONE, "reset.expired", "this reset is unknown or too old; start again");
}

static const struct err *
look(struct req *rq, const struct password_reset_finish_in *in, struct text digest, struct text *phone)
{
	struct err_fields fs = { .rq = rq };
	struct sql_password_reset_peek_row row;
	bool found;

	password_rule(&fs, "/password", in->password);
	TRY(err_fields_done(&fs));
	TRY(sql_password_reset_peek(rq, digest, rq->now_us, &row, &found));
	if (!found)
		return gone(rq);
	if (!row.proven)
		return FAIL(rq, CONFLICT, "reset.not_proven", "prove the phone with its code first");
	*phone = row.phone;
	return NULL;
}

static const struct err *
take(struct req *rq, void *arg)
{
	struct finishing *f = arg;
	struct sql_password_reset_take_row row;
	bool found;

	TRY(sql_password_reset_take(rq, f->digest, &row, &found));
	if (!found)
		return gone(rq);
	f->password.user = row.user_id;
	TRY(password_set(rq, &f->password, &f->ended, &found));
	return found ? NULL : gone(rq);
}

const struct err *
password_reset_finish(struct req *rq, const struct password_reset_finish_in *in, struct known_device *out)
{
	struct finishing f = { .digest = handle_digest(rq, in->token) };
	struct text phone = { NULL, 0 };

	TRY(look(rq, in, f.digest, &phone));
	TRY(password_hash(rq, auth_of(rq)->passwords, in->password, &f.password.phc));
	TRY(db_tx(rq, TX_WRITE, take, &f));
	FAULT_POINT("reset.finished");
	LOG(rq, INFO, "password.reset", kv_u("user", f.password.user));
	out->device_token = device_new(rq, phone);
	return sessions_copy(rq, &f.ended);
}
