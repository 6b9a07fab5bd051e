/* The key set of auth. */
#include "services/gateway/gate/keys.h"
#include <pthread.h>
#include <stdlib.h>
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "services/gateway/forward.h"
#include "services/gateway/gateway.h"

/* A flood of tokens with made-up kids asks auth once a second, not once a token. */
static const int64_t LEAST_BETWEEN_US = 1000000;

struct keys {
	pthread_mutex_t  lock;          /* one reader of the set at a time; the verifiers never take it */
	struct jwt_keys *jwt;
	int64_t          tried_us, read_us;
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
	free(*k);
	*k = NULL;
}

static const struct err *
read_set(struct req *rq, struct keys *k)
{
	struct upstream_answer answer;
	struct identity nobody = { .who = WHO_ANYONE, .request_id = rq->request_id };

	TRY(forward_call(rq, gateway_of(rq)->auth, "GET", TEXT("/.well-known/jwks.json"), &nobody, &answer));
	if (answer.status != 200)
		return FAIL(rq, UPSTREAM, "keys.status", "auth answered %d for its key set", answer.status);
	TRY(jwt_keys_load(rq, k->jwt, answer.body));
	__atomic_store_n(&k->read_us, clock_mono_us(), __ATOMIC_RELEASE);
	return NULL;
}

static bool
is_read(const struct keys *k)
{
	return __atomic_load_n(&k->read_us, __ATOMIC_ACQUIRE) != 0;
}

/* At most one reads; the others go on with what there is, and wait when there is nothing yet. */
static void
refresh(struct req *rq, struct keys *k)
{
	const struct err *e = NULL;

	if ((is_read(k) ? pthread_mutex_trylock(&k->lock) : pthread_mutex_lock(&k->lock)) != 0)
		return;
	if (k->tried_us == 0 || clock_mono_us() - k->tried_us >= LEAST_BETWEEN_US) {
		k->tried_us = clock_mono_us();
		e = read_set(rq, k);
	}
	SURE(pthread_mutex_unlock(&k->lock) == 0);
	if (e != NULL)
		log_err(rq, LV_WARN, "keys.not_read", e);
}

static bool
is_stale(const struct keys *k, int64_t refresh_s)
{
	int64_t read_us = __atomic_load_n(&k->read_us, __ATOMIC_ACQUIRE);

	return read_us == 0 || clock_mono_us() - read_us > refresh_s * 1000000;
}

const struct err *
keys_ready(struct req *rq)
{
	struct keys *k = gateway_of(rq)->keys;

	if (is_stale(k, gateway_of(rq)->config->jwks_refresh_s))
		refresh(rq, k);
	if (!is_read(k))
		return FAIL(rq, BUSY, "keys.unread", "the key set of auth has not been read yet");
	return NULL;
}

const struct err *
keys_verify(struct req *rq, struct text token, struct access_token *out)
{
	struct keys *k = gateway_of(rq)->keys;
	const struct err *e;

	TRY(keys_ready(rq));
	e = jwt_verify(rq, k->jwt, token, out);
	if (e == NULL || !text_is(text_of(e->slug), "token.unknown_key"))
		return e;
	refresh(rq, k);
	return jwt_verify(rq, k->jwt, token, out);
}
