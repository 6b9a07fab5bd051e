/* A session that Redis has lost is asked from auth.
 *
 * After a flush of Redis every caller's session is absent at once; the threads of one session wait for the first of
 * them and then ask for themselves, so auth sees one question per session in flight. */
#include <errno.h>
#include <stdlib.h>
#include "common/caller/room.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/json/json.h"

static int
place_of(const struct callers *c, struct uuid sid)
{
	for (int i = 0; i < c->n_asked; i++)
		if (uuid_eq(c->asked[i], sid))
			return i;
	return -1;
}

static bool
enter(const struct req *rq, struct callers *c, struct uuid sid)
{
	struct timespec until = { .tv_sec = rq->deadline_us / 1000000, .tv_nsec = rq->deadline_us % 1000000 * 1000 };
	bool late = false;

	SURE(pthread_mutex_lock(&c->lock) == 0);
	while ((place_of(c, sid) >= 0 || c->n_asked == IN_FLIGHT) && !late)
		late = pthread_cond_timedwait(&c->ended, &c->lock, &until) == ETIMEDOUT;
	if (!late)
		c->asked[c->n_asked++] = sid;
	SURE(pthread_mutex_unlock(&c->lock) == 0);
	return !late;
}

static void
leave(struct callers *c, struct uuid sid)
{
	SURE(pthread_mutex_lock(&c->lock) == 0);
	c->asked[place_of(c, sid)] = c->asked[c->n_asked - 1];
	c->n_asked--;
	SURE(pthread_cond_broadcast(&c->ended) == 0 && pthread_mutex_unlock(&c->lock) == 0);
}

static const struct err *
read_session(struct req *rq, struct text body, struct session *out)
{
	struct text state, who, user, company, permissions;
	const struct json_doc *doc;

	TRY(json_parse(rq, body, &doc));
	if (!json_text(rq, doc, "state", &state) || !json_text(rq, doc, "who", &who) ||
	    !json_text(rq, doc, "userId", &user) || !uuid_parse(user, &out->user) ||
	    !json_text(rq, doc, "permissions", &permissions) || !json_i64(doc, "version", &out->version) ||
	    (json_text(rq, doc, "companyId", &company) && !uuid_parse(company, &out->company)))
		return FAIL(rq, UPSTREAM, "session.restore", "auth's answer cannot be read");
	out->state = text_is(state, "alive") ? SESSION_ALIVE : SESSION_REVOKED;
	out->who = text_is(who, "operator") ? WHO_OPERATOR : WHO_STAFF;
	out->permissions = strtoull(arena_copy(rq->mem, permissions).at, NULL, 16);
	return NULL;
}

static const struct err *
ask_auth(struct req *rq, const struct callers *c, struct uuid sid, struct session *out)
{
	struct caller_answer answer;
	char id[UUID_CHARS + 1];

	uuid_print(sid, id);
	TRY(c->ask(rq, "POST", text_of(arena_printf(rq->mem, "/internal/sessions/%s/restore", id)), &answer));
	if (answer.status == 404)
		return FAIL(rq, UNKNOWN_WHO, "token.revoked", "this session has ended; log in again");
	if (answer.status != 200)
		return FAIL(rq, BUSY, "session.unrestored", "the session cannot be looked up now");
	return read_session(rq, answer.body, out);
}

const struct err *
caller_restore(struct req *rq, struct callers *c, struct uuid sid, struct session *out)
{
	const struct err *e;

	*out = (struct session){ .state = SESSION_ABSENT };
	if (!enter(rq, c, sid))
		return FAIL(rq, BUSY, "session.unrestored", "the session cannot be looked up now");
	e = ask_auth(rq, c, sid, out);
	leave(c, sid);
	if (e != NULL && (e->code == E_UPSTREAM || e->code == E_TIMEOUT))
		return FAIL(rq, BUSY, "session.unrestored", "the session cannot be looked up now");
	return e;
}
