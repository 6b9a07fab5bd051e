/* Wrong passwords, counted in Redis by all replicas together. */
#include "services/auth/throttle/throttle.h"
#include "common/core/address.h"
#include "common/core/app.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "services/auth/auth.h"

/* The places of a stranger's three counters. */
enum { HERE, ADDRESS, PHONE, COUNTERS };

static const struct err *
slow_down(struct req *rq, const char *slug, const struct limit_answer *over)
{
	struct err *e = FAIL(rq, TOO_MANY, slug, "too many wrong passwords; wait before the next try");

	e->retry_after_s = over->reset_s;
	return e;
}

static struct limit_ask
counter(const struct req *rq, const char *key, int64_t limit)
{
	return (struct limit_ask){ .key = key, .limit = (int)limit, .window_s = (int)auth_of(rq)->config->login_window_s };
}

const struct err *
throttle_login(struct req *rq, struct text phone, struct text device, struct throttle *t)
{
	const struct auth_config *config = auth_of(rq)->config;
	char network[ADDRESS_CHARS + 1];

	address_network(rq->client_ip, network);
	t->n = device.len > 0 ? 1 : COUNTERS;
	if (device.len > 0) {
		t->ask[HERE] = counter(rq, arena_printf(rq->mem, "login device %.*s", TEXT_ARG(device)), config->login_tries);
	} else {
		t->ask[HERE] = counter(rq, arena_printf(rq->mem, "login %.*s %s", TEXT_ARG(phone), network), config->login_tries);
		t->ask[ADDRESS] = counter(rq, arena_printf(rq->mem, "login address %s", network), config->login_address_tries);
		t->ask[PHONE] = counter(rq, arena_printf(rq->mem, "login phone %.*s", TEXT_ARG(phone)), config->login_phone_tries);
	}
	TRY(session_limits(rq, rq->app->redis, t->ask, t->n, t->answer));
	if (t->answer[HERE].over)
		return slow_down(rq, "login.slow_down", &t->answer[HERE]);
	if (t->n == COUNTERS && t->answer[ADDRESS].over)
		return slow_down(rq, "login.slow_down", &t->answer[ADDRESS]);
	return NULL;
}

const struct err *
throttle_stranger(struct req *rq, const struct throttle *t, bool familiar)
{
	const struct limit_answer *here = &t->answer[HERE];
	int tried = t->ask[HERE].limit - here->remaining;

	if (familiar || t->n < COUNTERS || !t->answer[PHONE].over || tried <= auth_of(rq)->config->login_stranger_tries)
		return NULL;
	return slow_down(rq, "login.slow_down", here);
}

const struct err *
throttle_account(struct req *rq, struct throttle *t)
{
	char user[UUID_CHARS + 1];

	uuid_print(rq->user, user);
	t->n = 1;
	t->ask[HERE] = counter(rq, arena_printf(rq->mem, "password %s", user), auth_of(rq)->config->login_tries);
	TRY(session_limits(rq, rq->app->redis, t->ask, t->n, t->answer));
	return t->answer[HERE].over ? slow_down(rq, "password.slow_down", &t->answer[HERE]) : NULL;
}

static bool
counts(const struct err *e)
{
	return e != NULL && (e->code == E_TOO_MANY || text_is(text_of(e->slug), "login.refused") ||
	    text_is(text_of(e->slug), "password.wrong"));
}

void
throttle_end(struct req *rq, const struct throttle *t, const struct err *e)
{
	const struct err *failed = counts(e) ? NULL : session_limits_back(rq, rq->app->redis, t->ask, t->n);

	if (failed != NULL)
		log_err(rq, LV_WARN, "throttle.not_given_back", failed);
}
