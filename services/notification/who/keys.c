/* The key set of auth. */
#include "services/notification/who/keys.h"
#include <pthread.h>
#include <stdlib.h>
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "services/notification/notification.h"
#include "services/notification/who/call.h"

/* A flood of tokens with made-up kids asks auth once a second, not once a token. */
static const int64_t LEAST_BETWEEN_US = 1000000;

struct keys {
	pthread_mutex_t  lock;          /* one reader of the set at a time; a verifier takes it only while there is none */
	struct jwt_keys *jwt;
	int64_t          tried_us;      /* under the lock */
	int64_t          read_us;       /* atomic; 0: never */
};

struct keys *
keys_open(const char *issuer, const char *audience)
{
	struct keys *k = calloc(1, sizeof(*k));

	SURE(k != NULL && pthread_mutex_init(&k->lock, NULL) == 0);
	k->jwt = jwt_keys_open(issuer, audience);
	return k;
}

void
keys_close(struct keys **k)
{
	if (*k == NULL)
		return;
	jwt_keys_close(&(*k)->jwt);
	SURE(pthread_mutex_destroy(&(*k)->lock) == 0);
	free(*k);
	*k = NULL;
}

static int64_t
read_at(const struct keys *k)
{
	return __atomic_load_n(&k->read_us, __ATOMIC_ACQUIRE);
}

static const struct err *
read_set(struct req *rq, struct keys *k)
{
	struct provider_answer answer;

	TRY(auth_call(rq, "GET", TEXT("/internal/jwks.json"), &answer));
	if (answer.status != 200)
		return FAIL(rq, UPSTREAM, "keys.status", "auth answered %d for its key set", answer.status);
	TRY(jwt_keys_load(rq, k->jwt, answer.body));
	__atomic_store_n(&k->read_us, clock_mono_us(), __ATOMIC_RELEASE);
	return NULL;
}

/* One reads; the others go on with what there is, or wait when there is nothing. */
static void
refresh(struct req *rq, struct keys *k)
{
	const struct err *e = NULL;

	if (read_at(k) == 0)
		SURE(pthread_mutex_lock(&k->lock) == 0);
	else if (pthread_mutex_trylock(&k->lock) != 0)
		return;
	if (k->tried_us == 0 || clock_mono_us() - k->tried_us >= LEAST_BETWEEN_US) {
		k->tried_us = clock_mono_us();
		e = read_set(rq, k);
	}
	SURE(pthread_mutex_unlock(&k->lock) == 0);
	if (e != NULL)
		log_err(rq, LV_WARN, "keys.not_read", e);
}

static const struct err *
fresh(struct req *rq, struct keys *k)
{
	int64_t limit_us = notification_of(rq)->config->jwks_refresh_s * 1000000;

	if (read_at(k) == 0 || clock_mono_us() - read_at(k) > limit_us)
		refresh(rq, k);
	return read_at(k) != 0 ? NULL : FAIL(rq, BUSY, "keys.unread", "the key set of auth has not been read yet");
}

const struct err *
keys_verify(struct req *rq, struct text token, struct access_token *out)
{
	struct keys *k = notification_of(rq)->keys;
	const struct err *e;

	TRY(fresh(rq, k));
	e = jwt_verify(rq, k->jwt, token, out);
	if (e == NULL || !text_is(text_of(e->slug), "token.unknown_key"))
		return e;
	refresh(rq, k);
	return jwt_verify(rq, k->jwt, token, out);
}
