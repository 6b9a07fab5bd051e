/* A session that Redis has lost is asked from auth.
 *
 * After a flush of Redis every caller's session is absent at once; the threads of one session wait for the first of
 * them and then ask for themselves, so auth sees one question per session in flight. */
#include "services/gateway/gate/restore.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "services/gateway/forward.h"
#include "services/gateway/gateway.h"

enum { IN_FLIGHT = 64 };      /* more sessions at once wait in turn */

struct restores {
	pthread_mutex_t lock;
	pthread_cond_t  ended;
	struct uuid     sids[IN_FLIGHT];
	int             n;
};

struct restores *
restores_open(void)
{
	struct restores *r = calloc(1, sizeof(*r));
	pthread_condattr_t monotonic;

	SURE(r != NULL && pthread_mutex_init(&r->lock, NULL) == 0 && pthread_condattr_init(&monotonic) == 0);
	SURE(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 && pthread_cond_init(&r->ended, &monotonic) == 0);
	return r;
}

void
restores_close(struct restores **r)
{
	free(*r);
	*r = NULL;
}

static int
place_of(const struct restores *r, struct uuid sid)
{
	for (int i = 0; i < r->n; i++)
		if (uuid_eq(r->sids[i], sid))
			return i;
	return -1;
}

static bool
enter(const struct req *rq, struct restores *r, struct uuid sid)
{
	struct timespec until = { .tv_sec = rq->deadline_us / 1000000, .tv_nsec = rq->deadline_us % 1000000 * 1000 };
	bool late = false;

	SURE(pthread_mutex_lock(&r->lock) == 0);
	while ((place_of(r, sid) >= 0 || r->n == IN_FLIGHT) && !late)
		late = pthread_cond_timedwait(&r->ended, &r->lock, &until) == ETIMEDOUT;
	if (!late)
		r->sids[r->n++] = sid;
	SURE(pthread_mutex_unlock(&r->lock) == 0);
	return !late;
}

static void
leave(struct restores *r, struct uuid sid)
{
	SURE(pthread_mutex_lock(&r->lock) == 0);
	r->sids[place_of(r, sid)] = r->sids[r->n - 1];
	r->n--;
	SURE(pthread_cond_broadcast(&r->ended) == 0 && pthread_mutex_unlock(&r->lock) == 0);
}

static const struct err *
read_state(struct req *rq, struct text body, struct session *out)
{
	struct text alive, who, user, company, permissions;
	const struct json_doc *doc;

	TRY(json_parse(rq, body, &doc));
	if (!json_text(rq, doc, "who", &who) || !json_text(rq, doc, "userId", &user) || !uuid_parse(user, &out->user) ||
	    !json_text(rq, doc, "permissions", &permissions) || !json_i64(doc, "version", &out->version))
		return FAIL(rq, UPSTREAM, "session.restore", "auth's answer cannot be read");
	if (json_text(rq, doc, "companyId", &company) && !uuid_parse(company, &out->company))
		return FAIL(rq, UPSTREAM, "session.restore", "auth's answer cannot be read");
	out->state = json_text(rq, doc, "state", &alive) && text_is(alive, "alive") ? SESSION_ALIVE : SESSION_REVOKED;
	out->who = text_is(who, "operator") ? WHO_OPERATOR : WHO_STAFF;
	out->permissions = strtoull(arena_copy(rq->mem, permissions).at, NULL, 16);
	return NULL;
}

static const struct err *
ask_auth(struct req *rq, struct uuid sid, struct session *out)
{
	struct identity gateway = { .who = WHO_SERVICE, .request_id = rq->request_id };
	struct upstream_answer answer;
	char id[UUID_CHARS + 1];

	uuid_print(sid, id);
	TRY(forward_internal(rq, "POST", text_of(arena_printf(rq->mem, "/internal/sessions/%s/restore", id)), &gateway,
	    &answer));
	if (answer.status == 404)
		return FAIL(rq, UNKNOWN_WHO, "session.ended", "this session has ended; log in again");
	if (answer.status != 200)
		return FAIL(rq, BUSY, "session.unrestored", "the session cannot be looked up now");
	return read_state(rq, answer.body, out);
}

const struct err *
session_restored(struct req *rq, struct uuid sid, struct session *out)
{
	struct restores *r = gateway_of(rq)->restores;
	const struct err *e;

	*out = (struct session){ .state = SESSION_ABSENT };
	if (!enter(rq, r, sid))
		return FAIL(rq, BUSY, "session.unrestored", "the session cannot be looked up now");
	e = ask_auth(rq, sid, out);
	leave(r, sid);
	if (e != NULL && (e->code == E_UPSTREAM || e->code == E_TIMEOUT))
		return FAIL(rq, BUSY, "session.unrestored", "the session cannot be looked up now");
	return e;
}
