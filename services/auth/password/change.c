/* PUT /api/me/password: the old password proves who asks; all other sessions end.
 *
 * No transaction waits for argon2: what was checked is compared once more when the new one is written. */
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/log/log.h"
#include "common/token/password.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/password/change.sql.h"
#include "services/auth/auth.h"
#include "services/auth/password/rule.h"
#include "services/auth/password/set.h"
#include "services/auth/throttle/throttle.h"

struct change { struct new_password password; struct session_ids ended; };

static const struct err *
compare(struct req *rq, struct text old, struct text phc)
{
	bool ok, rehash;

	TRY(password_check(rq, auth_of(rq)->passwords, old, phc, &ok, &rehash));
	if (!ok)
		return FAIL(rq, RULE, "password.wrong", "this is not your password");
	return NULL;
}

static const struct err *
check_old(struct req *rq, struct text old, struct text phc)
{
	struct throttle throttle;
	const struct err *e;

	TRY(throttle_account(rq, &throttle));
	e = compare(rq, old, phc);
	throttle_end(rq, &throttle, e);
	return e;
}

static const struct err *
check_new(struct req *rq, const struct password_change_in *in)
{
	struct err_fields fs = { .rq = rq };

	password_rule(&fs, "/newPassword", in->new_password);
	if (text_eq(in->old_password, in->new_password))
		err_field_add(&fs, "/newPassword", "same", "this is the password you have");
	return err_fields_done(&fs);
}

static const struct err *
write_change(struct req *rq, void *arg)
{
	struct change *c = arg;
	bool set;

	TRY(password_set(rq, &c->password, &c->ended, &set));
	if (!set)
		return FAIL(rq, CONFLICT, "password.changed", "the password was changed meanwhile");
	return NULL;
}

const struct err *
password_change(struct req *rq, const struct password_change_in *in)
{
	struct change c = { .password = { .user = rq->user, .kept = rq->session } };
	struct sql_password_find_row user;
	bool found;

	TRY(check_new(rq, in));
	TRY(sql_password_find(rq, rq->user, &user, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "user.not_found", "this user is gone");
	TRY(check_old(rq, in->old_password, user.phc));
	c.password.checked_phc = user.phc;
	TRY(password_hash(rq, auth_of(rq)->passwords, in->new_password, &c.password.phc));
	TRY(db_tx(rq, TX_WRITE, write_change, &c));
	FAULT_POINT("password.changed");
	LOG(rq, INFO, "password.changed", kv_u("user", rq->user));
	return sessions_copy(rq, &c.ended);
}
