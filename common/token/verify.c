/* Verifies access tokens against a key set that may be replaced at any moment. */
#include "common/core/id.h"
#include "common/core/memory.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "common/token/cache.h"
#include "common/token/digest.h"
#include "common/token/jose.h"
#include "common/token/jwks.h"
#include "common/token/jwt.h"
#include "common/token/who.h"
#include <errno.h>
#include <jwt.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* 9999-12-31: beyond it no RFC 3339 time can be written, and µs stay far from overflow. */
#define LAST_SECOND 253402300799L

/* Readers announce themselves in `readers`, copy one key out of the set and leave again: some tens
 * of nanoseconds, without a lock. A load puts the new set up first and then waits for a moment
 * without readers: whoever comes after that moment can only see the new one.
 * epoch moves when a key went away or changed, after the set did: what was verified under an older
 * epoch is no longer believed. loading is the only lock and is held by loads alone. */
struct jwt_keys {
	char                    *issuer, *audience;
	_Atomic(struct jwks *)   set;
	atomic_int               readers;
	atomic_uint_fast64_t     epoch;
	pthread_mutex_t          loading;
	struct token_cache      *cache;
	atomic_uint_fast64_t     hits, misses;
};

struct jwt_keys *
jwt_keys_open(const char *issuer, const char *audience)
{
	struct jwt_keys *k = calloc(1, sizeof(*k));

	SURE(k != NULL);
	k->issuer = strdup(issuer);
	k->audience = strdup(audience);
	struct jwks *none = memory_zero(1, sizeof(*none));
	SURE(k->issuer != NULL && k->audience != NULL && none != NULL);
	atomic_init(&k->set, none);
	SURE(pthread_mutex_init(&k->loading, NULL) == 0);
	k->cache = token_cache_open();
	return k;
}

void
jwt_keys_close(struct jwt_keys **owner)
{
	struct jwt_keys *k = *owner;

	if (k == NULL)
		return;
	SURE(atomic_load(&k->readers) == 0);
	memory_give(atomic_load(&k->set));
	free(k->issuer);
	free(k->audience);
	token_cache_close(&k->cache);
	SURE(pthread_mutex_destroy(&k->loading) == 0);
	free(k);
	*owner = NULL;
}

/* Is every key of the old set still there, unchanged? */
static bool
keeps_all(const struct jwks *old, const struct jwks *new)
{
	for (size_t i = 0; i < old->n; i++) {
		const struct jwk *same = jwks_find(new, text_of(old->at[i].kid));

		if (same == NULL || strcmp(same->pem.at, old->at[i].pem.at) != 0)
			return false;
	}
	return true;
}

const struct err *
jwt_keys_load(struct req *rq, struct jwt_keys *k, struct text jwks)
{
	struct jwks       *new = memory_zero(1, sizeof(*new));
	const struct err  *e;

	SURE(new != NULL);
	e = jwks_read(rq, jwks, new);
	if (e != NULL) {
		memory_give(new);
		return e;
	}
	SURE(pthread_mutex_lock(&k->loading) == 0);
	struct jwks *old = atomic_exchange(&k->set, new);
	if (!keeps_all(old, new))
		(void)atomic_fetch_add(&k->epoch, 1);
	while (atomic_load(&k->readers) != 0)
		(void)sched_yield();
	SURE(pthread_mutex_unlock(&k->loading) == 0);
	memory_give(old);
	return NULL;
}

/* The key set is const to its users, but to announce a reader is to write. */
static bool
key_copy(struct jwt_keys *k, struct text kid, struct jwk *out)
{
	(void)atomic_fetch_add(&k->readers, 1);
	const struct jwk *found = jwks_find(atomic_load(&k->set), kid);
	if (found != NULL)
		*out = *found;
	(void)atomic_fetch_sub(&k->readers, 1);
	return found != NULL;
}

bool
jwt_keys_has(const struct jwt_keys *k, struct text kid)
{
	union { const struct jwt_keys *from; struct jwt_keys *to; } keys = { .from = k };
	struct jwk                                                  unused;

	return key_copy(keys.to, kid, &unused);
}

static bool
uuid_claim(jwt_t *jwt, const char *name, struct uuid *out)
{
	return uuid_parse(text_of(jwt_get_grant(jwt, name)), out) && !uuid_is_nil(*out);
}

static bool
claim_is(jwt_t *jwt, const char *name, const char *value)
{
	const char *given = jwt_get_grant(jwt, name);

	return given != NULL && strcmp(given, value) == 0;
}

/* A second within the calendar. *there tells an absent claim from one of another type. */
static bool
second_claim(jwt_t *jwt, const char *name, long *out, bool *there)
{
	errno = 0;
	*out = jwt_get_grant_int(jwt, name);
	*there = errno != ENOENT;
	return errno == 0 && *out > 0 && *out <= LAST_SECOND;
}

/* The times that make a token wrong rather than old; exp is looked at by everybody who asks. */
static bool
times_read(jwt_t *jwt, int64_t now_us, struct access_token *out)
{
	long latest = (long)(now_us / 1000000) + JWT_LEEWAY_S, iat = 0, exp = 0, nbf = 0;
	bool there = false;

	if (!second_claim(jwt, "iat", &iat, &there) || !second_claim(jwt, "exp", &exp, &there))
		return false;
	if (iat > latest || exp <= iat)
		return false;
	if ((!second_claim(jwt, "nbf", &nbf, &there) || nbf > latest) && there)
		return false;
	out->issued_us = (int64_t)iat * 1000000;
	out->expires_us = (int64_t)exp * 1000000;
	return true;
}

static bool
claims_read(jwt_t *jwt, const struct jwt_keys *k, int64_t now_us, struct access_token *out)
{
	return claim_is(jwt, "iss", k->issuer) && claim_is(jwt, "aud", k->audience) &&
	    who_of(jwt_get_grant(jwt, "typ"), &out->who) &&
	    uuid_claim(jwt, "sub", &out->user) && uuid_claim(jwt, "sid", &out->session) &&
	    uuid_claim(jwt, "jti", &out->jti) &&
	    (jwt_get_grant(jwt, "cid") == NULL || uuid_claim(jwt, "cid", &out->company)) &&
	    times_read(jwt, now_us, out);
}

/* Signature and claims by libjwt, under a key that was chosen before: never without one. libjwt says EINVAL where it had no
 * memory; errno knows better: it is left as malloc() set it, or 0. */
static bool
decode(const struct jwt_keys *k, struct text token, const struct jwk *key, int64_t now_us,
    struct access_token *out)
{
	char   copy[JWT_MAX_BYTES + 1];
	jwt_t *jwt = NULL;

	SURE(token.len <= JWT_MAX_BYTES && key->pem.len > 0);
	memcpy(copy, token.at, token.len);
	copy[token.len] = '\0';
	errno = 0;
	json_use_reserve(true);
	int failed = jwt_decode(&jwt, copy, (const unsigned char *)key->pem.at, (int)key->pem.len);
	json_use_reserve(false);
	if (failed != 0)
		return false;
	bool good = jwt_get_alg(jwt) == JWT_ALG_ES256 && claims_read(jwt, k, now_us, out);
	jwt_free(jwt);
	memcpy(out->kid, key->kid, sizeof(out->kid));
	return good;
}

static const struct err *
verify_fresh(struct req *rq, struct jwt_keys *k, struct text token, struct access_token *out)
{
	struct text kid;
	struct jwk  key;

	if (!jose_look(rq->mem, token, &kid))
		return FAIL(rq, UNKNOWN_WHO, "token.invalid", "this is not an access token");
	if (!key_copy(k, kid, &key))
		return FAIL(rq, UNKNOWN_WHO, "token.unknown_key", "the key of this token is not known");
	if (!decode(k, token, &key, rq->now_us, out))
		return errno == ENOMEM ? FAIL(rq, BUSY, "token.unread", "There is no memory to check the token") :
		    FAIL(rq, UNKNOWN_WHO, "token.invalid", "this access token does not hold");
	return NULL;
}

/* A token as the cache knows it. */
struct cached { uint8_t digest[SHA256_BYTES]; uint64_t epoch; };

static bool
look_up(struct req *rq, struct jwt_keys *k, struct text token, struct cached *c, struct access_token *out)
{
	c->epoch = atomic_load(&k->epoch);      /* before the key is looked up */
	digest_sha256(token, c->digest);
	bool hit = token_cache_get(k->cache, c->digest, c->epoch, rq->now_us, out);
	(void)atomic_fetch_add_explicit(hit ? &k->hits : &k->misses, 1, memory_order_relaxed);
	return hit;
}

bool
jwt_known(struct req *rq, struct jwt_keys *k, struct text token, struct access_token *out)
{
	struct cached c;

	return token.len <= JWT_MAX_BYTES && look_up(rq, k, token, &c, out);
}

const struct err *
jwt_verify(struct req *rq, struct jwt_keys *k, struct text token, struct access_token *out)
{
	struct access_token read = { 0 };
	struct cached       c;

	if (token.len == 0 || token.len > JWT_MAX_BYTES)
		return FAIL(rq, UNKNOWN_WHO, "token.invalid", "a token has 1 to %d bytes", JWT_MAX_BYTES);
	if (look_up(rq, k, token, &c, out))
		return NULL;
	TRY(verify_fresh(rq, k, token, &read));
	*out = read;
	if (read.expires_us <= rq->now_us)
		return FAIL(rq, UNKNOWN_WHO, "token.expired", "this access token has expired");
	token_cache_put(k->cache, c.digest, c.epoch, &read);
	return NULL;
}

void
jwt_keys_stats(const struct jwt_keys *k, uint64_t *hits, uint64_t *misses)
{
	*hits = atomic_load_explicit(&k->hits, memory_order_relaxed);
	*misses = atomic_load_explicit(&k->misses, memory_order_relaxed);
}
