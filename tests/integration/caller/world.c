/* What the tests of callers stand on. */
#include "tests/integration/caller/world.h"
#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <pthread.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "tests/kit/forge.h"

struct req      rq;
struct app      app;
struct arena   *mem;
struct callers *callers;
EVP_PKEY       *first, *second;
struct auth     auth;
struct keyset   set;

static const struct err *
answer_restore(struct req *with, struct caller_answer *out)
{
	int now = __atomic_add_fetch(&auth.in_hand, 1, __ATOMIC_SEQ_CST);

	(void)with;
	(void)__atomic_add_fetch(&auth.restores, 1, __ATOMIC_SEQ_CST);
	if (now > auth.peak)
		auth.peak = now;
	kit_throughout(2, true);
	(void)__atomic_sub_fetch(&auth.in_hand, 1, __ATOMIC_SEQ_CST);
	*out = (struct caller_answer){ auth.restore_status, text_of(auth.restored) };
	return NULL;
}

static const struct err *
ask(struct req *with, const char *method, struct text path, struct caller_answer *out)
{
	if (text_ends(path, TEXT("/restore")))
		return answer_restore(with, out);
	cr_assert(strcmp(method, "GET") == 0 && text_is(path, "/internal/jwks.json"));
	(void)__atomic_add_fetch(&auth.reads, 1, __ATOMIC_SEQ_CST);
	kit_until(10000, !__atomic_load_n(&auth.frozen, __ATOMIC_SEQ_CST));
	*out = (struct caller_answer){ __atomic_load_n(&auth.status, __ATOMIC_SEQ_CST),
		text_of(__atomic_load_n(&auth.jwks, __ATOMIC_SEQ_CST)) };
	return NULL;
}

/* ---- keys and tokens */

struct keyset
keyset(struct req *with, const char *spec, EVP_PKEY *newest, EVP_PKEY *older)
{
	struct text rest = text_of(spec), kid = text_cut(&rest, ',');
	struct keyset keys = { .key = newest };
	const char *pems = arena_printf(mem, "%.*s:%s", TEXT_ARG(kid), forge_private_pem(mem, newest));

	if (older != NULL)
		pems = arena_printf(mem, "%s,%.*s:%s", pems, TEXT_ARG(rest), forge_private_pem(mem, older));
	cr_assert_null(jwt_signer_open(with, &keys.signer, pems, ISSUER, AUDIENCE));
	return keys;
}

void
publish(const struct keyset *keys)
{
	__atomic_store_n(&auth.jwks, arena_copy(mem, jwt_signer_jwks(mem, keys->signer)).at, __ATOMIC_SEQ_CST);
}

struct text
token_for(struct req *with, const struct keyset *keys, struct access_token t)
{
	struct text out;

	cr_assert_null(jwt_sign(with, keys->signer, &t, &out));
	return out;
}

struct access_token
somebody(int64_t seconds)
{
	int64_t now_us = clock_now_us();

	return (struct access_token){ .who = WHO_STAFF, .user = uuid_new(), .session = uuid_new(), .jti = uuid_new(),
		.issued_us = now_us - 1000 * (int64_t)SECOND, .expires_us = now_us + seconds * SECOND };
}

/* ---- the bench */

void
begin(void)
{
	req_begin(&rq, &app, mem, TEXT("test"), TIMEOUT_MS);
}

void
callers_anew(int64_t refresh_s)
{
	callers_close(&callers);
	callers = callers_open(&(struct callers_config){ .issuer = ISSUER, .audience = AUDIENCE, .refresh_s = refresh_s,
		.ask = ask, .app = &app });
}

void
world_open(void)
{
	mem = arena_open(MEM_BYTES);
	begin();
	first = EVP_EC_gen("P-256");
	second = EVP_EC_gen("P-256");
	cr_assert_null(redis_pool_open(&rq, &app.redis, kit_print("unix://%s", kit_db_start()->redis_socket), 2000));
	auth.status = 200;
	set = keyset(&rq, "k1", first, NULL);
	publish(&set);
	callers_anew(60);
}

void
world_close(void)
{
	callers_close(&callers);
	jwt_signer_close(&set.signer);
	redis_pool_close(&app.redis);
	EVP_PKEY_free(first);
	EVP_PKEY_free(second);
	req_end(&rq);
	arena_close(&mem);
}

const char *
slug(const struct err *e)
{
	return e != NULL ? e->slug : "fine";
}

const char *
present(struct text token)
{
	struct access_token read;

	begin();
	return slug(caller_token(&rq, callers, token, &read));
}

/* ---- many at once */

void
all_at_once(struct many *m)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, m->run, m), 0);
	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_join(threads[i], NULL), 0);
}

/* A request on this thread's own memory. */
struct req
own(void)
{
	struct req one;

	req_begin(&one, &app, arena_open(MEM_BYTES), TEXT("thread"), TIMEOUT_MS);
	return one;
}

void
end(struct req *one)
{
	struct arena *theirs = one->mem;

	req_end(one);
	arena_close(&theirs);
}
