/* POST /api/sessions/refresh: each refresh token is used once.
 *
 * The successor is derived from what was presented, so that the same token within ten seconds of its first
 * use (a lost answer, two tabs) yields the same successor, as long as that one is unused. Any other reuse
 * means that somebody else holds the token: the family ends. */
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/log/log.h"
#include "gen/services/auth/session/session.sql.h"
#include "services/auth/auth.h"
#include "services/auth/session/state.h"
#include "services/auth/session/tokens.h"
#include "services/auth/signup/token.h"

static const int64_t GRACE_US = 10 * 1000000;

struct trade {
	struct text         presented, digest, successor;
	struct session_user who;
	struct uuid         jti;
	bool                reused;
};

static bool
within_grace(const struct req *rq, const struct sql_refresh_lock_row *row)
{
	return rq->now_us - row->used_at <= GRACE_US && !row->successor_used;
}

static const struct err *
issue(struct req *rq, struct trade *trade, const struct sql_refresh_lock_row *row)
{
	trade->successor = refresh_successor(rq, trade->presented, row->session_id, row->generation + 1);
	trade->jti = uuid_new();
	if (!row->has_used_at)
		TRY(sql_refresh_rotate(rq, &(struct sql_refresh_rotate_in){ .digest = trade->digest,
			.session_id = row->session_id, .successor_digest = handle_digest(rq, trade->successor),
			.generation = row->generation + 1, .now = rq->now_us, .refresh_expires = refresh_expires_us(rq),
			.client_ip = rq->client_ip }));
	return sql_access_issued(rq, trade->jti, row->session_id, access_expires_us(rq));
}

/* A reuse commits the end of the family although the caller is refused. */
static const struct err *
trade_tokens(struct req *rq, void *arg)
{
	struct trade *trade = arg;
	struct sql_refresh_lock_row row;
	bool found, revoked;

	trade->reused = false;
	TRY(sql_refresh_lock(rq, trade->digest, &row, &found));
	if (!found || row.revoked || row.expires_at <= rq->now_us)
		return FAIL(rq, UNKNOWN_WHO, "session.ended", "this session has ended; log in again");
	trade->who = (struct session_user){ .who = who_of_kind(row.kind), .user = row.user_id,
		.company = row.company_id, .session = row.session_id };
	if (!row.has_used_at || within_grace(rq, &row))
		return issue(rq, trade, &row);
	trade->reused = true;
	return session_revoke(rq, row.session_id, "token_reused", &revoked);
}

const struct err *
session_refresh(struct req *rq, const struct session_refresh_in *in, struct tokens *out)
{
	struct trade trade = { .presented = in->refresh_token, .digest = handle_digest(rq, in->refresh_token) };
	struct session session;

	TRY(db_tx(rq, TX_WRITE, trade_tokens, &trade));
	FAULT_POINT("refresh.committed");
	TRY(session_copy(rq, trade.who.session, &session));
	if (trade.reused)
		return FAIL(rq, UNKNOWN_WHO, "token_reused", "this refresh token was used before; the session has ended");
	return tokens_answer(rq, &trade.who, trade.jti, trade.successor, out);
}
