/* POST /api/login: open a session with phone and password.
 *
 * An unknown phone costs the same hash as a wrong password and gets the same answer. No transaction waits
 * for argon2. The session stands in PostgreSQL before Redis hears of it, and in Redis before the answer. */
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/http/http.h"
#include "common/log/log.h"
#include "common/token/password.h"
#include "gen/services/auth/session/session.sql.h"
#include "services/auth/auth.h"
#include "services/auth/session/state.h"
#include "services/auth/session/tokens.h"
#include "services/auth/signup/token.h"
#include "services/auth/throttle/device.h"
#include "services/auth/throttle/throttle.h"

enum { AGENT_BYTES = 200, TRIES = 3 };

static struct text
agent_of(struct req *rq)
{
	struct text agent = http_request_header(rq, "User-Agent");

	if (agent.at == NULL || !text_is_utf8(agent))
		return TEXT("");
	agent.len = agent.len > AGENT_BYTES ? AGENT_BYTES : agent.len;
	while (!text_is_utf8(agent))         /* not through the middle of a character */
		agent.len--;
	return agent;
}

struct opening { struct sql_login_find_row user; struct sql_login_write_in row; int64_t written; };

static const struct err *
refused(struct req *rq)
{
	return FAIL(rq, UNKNOWN_WHO, "login.refused", "phone or password is wrong");
}

static const struct err *
check_user(struct req *rq, const struct login_in *in, const struct throttle *throttle, struct opening *o)
{
	struct passwords *passwords = auth_of(rq)->passwords;
	struct sql_login_find_row *user = &o->user;
	bool found, ok, rehash;

	TRY(sql_login_find(rq, in->phone, rq->client_ip, user, &found));
	TRY(throttle_stranger(rq, throttle, found && user->familiar));
	TRY(password_check(rq, passwords, in->password, found ? user->password_phc : TEXT(""), &ok, &rehash));
	if (!ok)
		return refused(rq);
	if (rehash)
		TRY(password_hash(rq, passwords, in->password, &o->row.new_phc));
	return NULL;
}

static const struct err *
write_session(struct req *rq, void *arg)
{
	struct opening *o = arg;

	return sql_login_write(rq, &o->row, &o->written);
}

/* Whoever changes the password between the check and the writing wins; another log-in that hashed it anew does, too, and
 * then the second try meets its hash. */
static const struct err *
enter(struct req *rq, const struct login_in *in, const struct throttle *throttle, struct opening *o)
{
	o->row.new_phc = (struct text){ NULL, 0 };
	TRY(check_user(rq, in, throttle, o));
	o->row.user_id = o->user.id;
	o->row.checked_phc = o->user.password_phc;
	FAULT_POINT("login.checked");
	return db_tx(rq, TX_WRITE, write_session, o);
}

/* Whoever changes the password between the check and the writing wins; another log-in that hashed it anew does, too, and
 * then the second try meets its hash. */
static const struct err *
enter_at_last(struct req *rq, const struct login_in *in, const struct throttle *throttle, struct opening *o)
{
	for (int tries = 0; tries < TRIES && o->written == 0; tries++)
		TRY(enter(rq, in, throttle, o));
	return o->written > 0 ? NULL : refused(rq);
}

const struct err *
login(struct req *rq, const struct login_in *in, struct tokens *out)
{
	struct text refresh = handle_new(rq), device = in->has_device_token ? device_id(rq, in->phone, in->device_token) : TEXT("");
	struct opening o = { .row = { .session_id = uuid_new(), .refresh_digest = handle_digest(rq, refresh), .jti = uuid_new(),
		.now = rq->now_us, .refresh_expires = refresh_expires_us(rq), .access_expires = access_expires_us(rq),
		.client_ip = rq->client_ip, .agent = agent_of(rq) } };
	struct throttle throttle;
	struct session session;
	const struct err *e;

	TRY(throttle_login(rq, in->phone, device, &throttle));
	e = enter_at_last(rq, in, &throttle, &o);
	throttle_end(rq, &throttle, e);
	TRY(e);
	TRY(session_copy(rq, o.row.session_id, &session));
	LOG(rq, INFO, "session.opened", kv_u("session", o.row.session_id), kv_u("user", o.user.id));
	out->has_device_token = true;
	out->device_token = device.len > 0 ? in->device_token : device_new(rq, in->phone);
	return tokens_answer(rq, &(struct session_user){ .who = who_of_kind(o.user.kind), .user = o.user.id,
		.company = o.user.company_id, .session = o.row.session_id }, o.row.jti, refresh, out);
}
