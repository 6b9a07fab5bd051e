/* Iamport's envelope, its token, and who may call. */
#include "deploy/sandbox/imp.h"
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/conf.h"
#include "deploy/sandbox/digest.h"

#include <pthread.h>
#include <string.h>

#define TOKEN_LIFE (30 * CLOCK_MINUTE)
#define TOKEN_LAST_MINUTE CLOCK_MINUTE
#define TOKEN_PROLONGED (5 * CLOCK_MINUTE)

static pthread_mutex_t token_lock = PTHREAD_MUTEX_INITIALIZER;
static char token[41];
static int64_t token_until;

void
imp_reply(struct reply *rep, int status, json_t *value)
{
	reply_json(rep, status, json_pack("{s:i, s:n, s:o}", "code", 0, "message",
	    "response", value));
}

void
imp_refuse(struct reply *rep, int status, int code, const char *message)
{
	reply_json(rep, status, json_pack("{s:i, s:s, s:n}", "code", code, "message", message,
	    "response"));
}

/* Three spellings are accepted, of which the last two come from older clients. */
static bool
token_fits(const struct request *rq)
{
	const char *given = request_header(rq, "Authorization");
	bool fits;

	if (given != NULL && strncasecmp(given, "Bearer ", 7) == 0)
		given += 7;
	if (given == NULL)
		given = request_header(rq, "X-ImpTokenHeader");
	pthread_mutex_lock(&token_lock);
	fits = given != NULL && token[0] != '\0' && clock_now() < token_until
	    && digest_same(given, token);
	pthread_mutex_unlock(&token_lock);
	return fits;
}

/* A declined charge is no refusal but a failed payment, which the step itself must note. */
static bool
is_charge(step_fn *step)
{
	return step == imp_again || step == imp_onetime || step == imp_schedule_retry;
}

static void
enter(struct request *rq, struct reply *rep, step_fn *step)
{
	if (!token_fits(rq))
		imp_refuse(rep, 401, -1, "Unauthorized");
	else if (rq->fault.mode == SWITCH_DECLINE && is_charge(step))
		step(rq, rep);
	else
		router_step(rq, rep, step);
}

static void
enter_open(struct request *rq, struct reply *rep, step_fn *step)
{
	router_step(rq, rep, step);
}

static void
fail(struct reply *rep, const char *code)
{
	if (code == NULL)
		imp_refuse(rep, 500, -1, "Internal Server Error");
	else
		imp_refuse(rep, 200, -1, *code != '\0' ? code : "[F400]결제사에서 거절하였습니다.");
}

static bool
names(const struct request *rq, const char *text)
{
	const struct imp_payment *p;
	bool found;

	imp_lock();
	p = rq->arg[0] != NULL ? imp_by_uid(rq->arg[0]) : NULL;
	found = p != NULL && strstr(p->merchant_uid, text) != NULL;
	imp_unlock();
	return found;
}

const struct provider imp_provider = { .enter = enter, .fail = fail, .names = names };
const struct provider imp_open_provider = { .enter = enter_open, .fail = fail };

/* The same token while it lives, a little more life in its last minute, then a new one. */
static void
renew_token(int64_t now)
{
	if (token[0] == '\0' || now >= token_until) {
		digest_random(token, sizeof(token) - 1);
		token_until = now + TOKEN_LIFE;
	} else if (token_until - now < TOKEN_LAST_MINUTE) {
		token_until += TOKEN_PROLONGED;
	}
}

static void
give_token(struct reply *rep)
{
	int64_t now = clock_now();

	pthread_mutex_lock(&token_lock);
	renew_token(now);
	imp_reply(rep, 200, json_pack("{s:s, s:I, s:I}", "access_token", token,
	    "now", (json_int_t)(now / CLOCK_SECOND),
	    "expired_at", (json_int_t)(token_until / CLOCK_SECOND)));
	pthread_mutex_unlock(&token_lock);
}

void
imp_token(struct request *rq, struct reply *rep)
{
	json_t *in = imp_body(rq);
	const char *key = json_text(in, "imp_key"), *secret = json_text(in, "imp_secret");

	if (key != NULL && secret != NULL && digest_same(key, conf.imp_key)
	    && digest_same(secret, conf.imp_secret))
		give_token(rep);
	else
		imp_refuse(rep, 401, -1, "인증에 실패하였습니다. API키와 secret을 확인하세요.");
	json_decref(in);
}
