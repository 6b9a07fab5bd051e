/* A session's truth in PostgreSQL and its copy in Redis. */
#include "services/auth/session/state.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/services/auth/session/session.sql.h"
#include "services/auth/auth.h"
#include "services/auth/session/tokens.h"

static const struct err *
blacklist_tokens(struct req *rq, struct uuid session_id)
{
	struct sql_session_tokens_row *rows;
	size_t n;

	TRY(sql_session_tokens(rq, session_id, rq->now_us, &rows, &n));
	for (size_t i = 0; i < n; i++)
		TRY(session_blacklist(rq, rq->app->redis, rows[i].jti, rows[i].expires_at));
	return NULL;
}

const struct err *
session_copy(struct req *rq, struct uuid session_id, struct session *out)
{
	struct sql_session_state_row row;
	bool found;

	TRY(sql_session_state(rq, session_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "session.not_found", "there is no such session");
	*out = (struct session){ .state = row.alive ? SESSION_ALIVE : SESSION_REVOKED, .who = who_of_kind(row.kind),
		.user = row.user_id, .company = row.company_id, .permissions = (uint64_t)(row.has_flags ? row.flags : 0),
		.version = row.version };
	/* A tombstone must outlive the last token that names the session. */
	TRY(session_put(rq, rq->app->redis, session_id, out, row.alive ? row.expires_at : access_expires_us(rq)));
	return row.alive ? NULL : blacklist_tokens(rq, session_id);
}

/* A job of its own per version: one that is running now may have read the version before. */
static const struct err *
promise_copy(struct req *rq, struct uuid session_id, int64_t version)
{
	char id[UUID_CHARS + 1];

	uuid_print(session_id, id);
	return job_put(rq, "session_copy", text_of(arena_printf(rq->mem, "%s %lld", id, (long long)version)),
	    (struct text){ NULL, 0 }, rq->now_us);
}

const struct err *
sessions_changed(struct req *rq, const struct uuid *users, size_t n, struct session_ids *out)
{
	struct sql_sessions_changed_row *rows;
	struct uuid *ids;

	TRY(sql_sessions_changed(rq, users, n, rq->now_us, &rows, &out->n));
	out->at = ids = NEWS(rq->mem, struct uuid, out->n);
	for (size_t i = 0; i < out->n; i++) {
		ids[i] = rows[i].session_id;
		TRY(promise_copy(rq, rows[i].session_id, rows[i].version));
	}
	return NULL;
}

const struct err *
sessions_copy(struct req *rq, const struct session_ids *ids)
{
	struct session session;

	for (size_t i = 0; i < ids->n; i++)
		TRY(session_copy(rq, ids->at[i], &session));
	return NULL;
}

/* The row is revoked: the others hear of it, and Redis will. */
static const struct err *
told(struct req *rq, struct uuid session_id, struct uuid user, int64_t version, const char *reason)
{
	TRY(promise_copy(rq, session_id, version));
	LOG(rq, INFO, "session.revoked", kv_u("session", session_id), kv_s("reason", reason));
	return outbox_put(rq, &session_revoked_v1_event, user, &(struct session_revoked_v1){ .session_id = session_id,
		.user_id = user, .reason = text_of(reason), .revoked_at = rq->now_us });
}

const struct err *
session_revoke(struct req *rq, struct uuid session_id, const char *reason, bool *revoked)
{
	struct sql_session_revoke_row row;

	TRY(sql_session_revoke(rq, session_id, rq->now_us, text_of(reason), &row, revoked));
	return *revoked ? told(rq, session_id, row.user_id, row.version, reason) : NULL;
}

const struct err *
sessions_revoke(struct req *rq, struct uuid user, struct uuid kept, const char *reason, struct session_ids *out)
{
	struct sql_sessions_revoke_row *rows;
	struct uuid *ids;

	TRY(sql_sessions_revoke(rq, user, kept, rq->now_us, text_of(reason), &rows, &out->n));
	out->at = ids = NEWS(rq->mem, struct uuid, out->n);
	for (size_t i = 0; i < out->n; i++) {
		ids[i] = rows[i].session_id;
		TRY(told(rq, ids[i], user, rows[i].version, reason));
	}
	return NULL;
}

const struct err *
session_copy_job(struct req *rq, const struct job *job)
{
	struct text key = job->key;
	struct session session;
	struct uuid id;

	if (!uuid_parse(text_cut(&key, ' '), &id))
		return FAIL(rq, INVALID, "session.job_key", "the job's key is not a session");
	return session_copy(rq, id, &session);
}
