/* Threads in each other's way: tokens verified while key sets are loaded, passwords in few slots, one
 * pool of Redis connections through a freeze and a restart. Panics on an answer that may not be. */
#include "tests/integration/session/race.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/session/session.h"
#include "common/token/digest.h"
#include "common/token/jwt.h"
#include "common/token/password.h"
#include "tests/integration/session/server.h"
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <unistd.h>

enum { THREADS = 12, TOKENS = 20, SECONDS = 5 };

static struct jwt_keys   *keys;
static struct passwords  *passwords;
static struct redis_pool *pool;
static struct text        token[TOKENS], set[2];
static int64_t            until_us;

static bool
any_of(const struct err *e, const char *slug)
{
	return e == NULL || text_is(text_of(e->slug), slug);
}

static void
one_round(struct req *rq, unsigned n)
{
	static const struct limit_ask ask = { "race", 1000000, 60 };
	struct access_token t;
	struct gate_answer  g;
	struct text         phc, plain;
	struct key256       key = { { 1 } };
	struct session      s = { .state = n % 2 ? SESSION_ALIVE : SESSION_REVOKED, .who = WHO_STAFF, .version = n };

	rq->now_us = clock_now_us();
	const struct err *e = jwt_verify(rq, keys, token[n % TOKENS], &t);
	SURE(any_of(e, "token.unknown_key") || any_of(e, "token.expired"));
	(void)jwt_keys_has(keys, TEXT("k1"));
	SURE(any_of(password_hash(rq, passwords, TEXT("x"), &phc), "password.busy"));
	(void)passwords_busy(passwords);
	SURE(unseal(rq->mem, &key, TEXT("a"), seal(rq->mem, &key, TEXT("a"), TEXT("b")), &plain));
	SURE(any_of(session_gate(rq, pool, uuid_new(), uuid_new(), &ask, 1, &g), "redis.down"));
	SURE(any_of(session_put(rq, pool, (struct uuid){ { 1 } }, &s, rq->now_us + 1000000), "redis.down"));
	SURE(any_of(session_blacklist(rq, pool, uuid_new(), rq->now_us), "redis.down"));
}

static void *
work(void *arg)
{
	struct req rq = { .mem = arena_open(1 << 20) };

	for (unsigned n = (unsigned)(uintptr_t)arg; clock_mono_us() < until_us; n++) {
		one_round(&rq, n);
		arena_reset(rq.mem);
	}
	arena_close(&rq.mem);
	return NULL;
}

static void *
reload(void *arg)
{
	struct req rq = { .mem = arena_open(1 << 20) };

	(void)arg;
	for (unsigned n = 0; clock_mono_us() < until_us; n++) {
		SURE(jwt_keys_load(&rq, keys, set[n % 2]) == NULL);
		arena_reset(rq.mem);
	}
	arena_close(&rq.mem);
	return NULL;
}

static const char *
private_pem(struct arena *mem, EVP_PKEY *key)
{
	BIO  *to = BIO_new(BIO_s_mem());
	char *at = NULL;

	SURE(PEM_write_bio_PrivateKey(to, key, NULL, NULL, 0, NULL, NULL) == 1);
	long        len = BIO_get_mem_data(to, &at);
	const char *copy = arena_copy(mem, (struct text){ at, (size_t)len }).at;
	BIO_free(to);
	return copy;
}

/* Two sets: one with both keys, one without the first. Tokens are of the first key and the second. */
static void
make_tokens(struct req *rq)
{
	EVP_PKEY          *first = EVP_EC_gen("P-256"), *second = EVP_EC_gen("P-256");
	const char        *one = private_pem(rq->mem, first), *two = private_pem(rq->mem, second);
	struct jwt_signer *both, *later;

	SURE(jwt_signer_open(rq, &both, arena_printf(rq->mem, "k1:%s,k2:%s", one, two), "i", "a") == NULL);
	SURE(jwt_signer_open(rq, &later, arena_printf(rq->mem, "k2:%s", two), "i", "a") == NULL);
	set[0] = jwt_signer_jwks(rq->mem, both);
	set[1] = jwt_signer_jwks(rq->mem, later);
	for (int i = 0; i < TOKENS; i++) {
		struct access_token t = { .who = WHO_STAFF, .user = uuid_new(), .session = uuid_new(), .jti = uuid_new(),
		    .issued_us = clock_now_us() };

		t.expires_us = t.issued_us + (i % 4 ? 600 : 2) * INT64_C(1000000);
		SURE(jwt_sign(rq, i % 2 ? both : later, &t, &token[i]) == NULL);
	}
	jwt_signer_close(&both);
	jwt_signer_close(&later);
	EVP_PKEY_free(first);
	EVP_PKEY_free(second);
}

static void
trouble(struct server *s)
{
	(void)usleep(SECONDS * 1000000 / 4);
	server_freeze(s);
	(void)usleep(SECONDS * 1000000 / 4);
	server_thaw(s);
	(void)usleep(SECONDS * 1000000 / 4);
	server_restart(s);
}

static void
all_at_once(struct server *s)
{
	pthread_t thread[THREADS + 1];

	until_us = clock_mono_us() + SECONDS * 1000000;
	for (uintptr_t i = 0; i < THREADS; i++)
		SURE(pthread_create(&thread[i], NULL, work, (void *)i) == 0);
	SURE(pthread_create(&thread[THREADS], NULL, reload, NULL) == 0);
	trouble(s);
	for (int i = 0; i <= THREADS; i++)
		SURE(pthread_join(thread[i], NULL) == 0);
}

void
race_run(struct race_counts *out)
{
	struct req    rq = { .mem = arena_open(1 << 22) };
	struct server s;

	server_start(&s, NULL, NULL);
	make_tokens(&rq);
	keys = jwt_keys_open("i", "a");
	SURE(jwt_keys_load(&rq, keys, set[0]) == NULL);
	SURE(passwords_open(&rq, &passwords, (struct password_cost){ 64, 1, 1 }, 2, 4) == NULL);
	SURE(redis_pool_open(&rq, &pool, s.url, 200) == NULL);
	all_at_once(&s);
	jwt_keys_stats(keys, &out->hits, &out->misses);
	out->hashes = passwords_hashed(passwords);
	jwt_keys_close(&keys);
	passwords_close(&passwords);
	redis_pool_close(&pool);
	arena_close(&rq.mem);
	server_stop(&s);
}
