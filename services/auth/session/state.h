/* A session's truth in PostgreSQL and its copy in Redis. */
#ifndef AUTH_SESSION_STATE_H
#define AUTH_SESSION_STATE_H
#include "common/core/req.h"
#include "common/jobs/jobs.h"
#include "common/session/session.h"

/* Reads the truth and writes it to Redis (an older version never overwrites a newer one). A revoked session becomes a
 * tombstone and its living access tokens go on the blacklist. NOT_FOUND "session.not_found"; BUSY without Redis. */
const struct err *session_copy(struct req *rq, struct uuid session_id, struct session *out) MUST_USE;
/* In the transaction at hand: ends the session, puts session.revoked and the job that repeats session_copy() should
 * this process die before it. *revoked is false when it had ended before. */
const struct err *session_revoke(struct req *rq, struct uuid session_id, const char *reason, bool *revoked) MUST_USE;
struct session_ids { const struct uuid *at; size_t n; };
/* The same for all sessions of a user but `kept` (nil: all). *out, those that ended, lives in rq->mem. */
const struct err *sessions_revoke(struct req *rq, struct uuid user, struct uuid kept, const char *reason,
    struct session_ids *out) MUST_USE;
/* In the transaction at hand, behind the change of a company or of permissions and behind the locks of these users'
 * rows: their living sessions get their next version and a job each that repeats session_copy(). *out lives in rq->mem. */
const struct err *sessions_changed(struct req *rq, const struct uuid *users, size_t n, struct session_ids *out) MUST_USE;
/* After its commit: session_copy() of each. */
const struct err *sessions_copy(struct req *rq, const struct session_ids *ids) MUST_USE;
/* The job of the same name: key is the session, a space and the version to be told. */
const struct err *session_copy_job(struct req *rq, const struct job *job);
#endif
