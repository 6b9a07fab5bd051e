/* Callers against a real Redis and a stand-in for auth that counts its questions. */
#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <pthread.h>
#include <string.h>
#include "common/caller/caller.h"
#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "tests/kit/forge.h"
#include "tests/kit/kit.h"

#define ISSUER   "https://auth.example"
#define AUDIENCE "dure"

enum { MEM_BYTES = 1 << 22, TIMEOUT_MS = 10000, SECOND = 1000000, THREADS = 8, EACH = 200 };

static struct app app;
static struct arena *mem;
static struct callers *callers;

/* What auth has to say. The document is replaced as a whole, by one thread. */
static struct {
	const char *jwks;                    /* atomic */
	int         status, restore_status;
	const char *restored;
	int         reads, restores, in_hand, peak;      /* atomic */
} auth;

static const struct err *
answer_restore(struct req *rq, struct caller_answer *out)
{
	int now = __atomic_add_fetch(&auth.in_hand, 1, __ATOMIC_SEQ_CST);

	(void)rq;
	(void)__atomic_add_fetch(&auth.restores, 1, __ATOMIC_SEQ_CST);
	if (now > auth.peak)
		auth.peak = now;
	kit_throughout(2, true);
	(void)__atomic_sub_fetch(&auth.in_hand, 1, __ATOMIC_SEQ_CST);
	*out = (struct caller_answer){ auth.restore_status, text_of(auth.restored) };
	return NULL;
}

static const struct err *
ask(struct req *rq, const char *method, struct text path, struct caller_answer *out)
{
	if (text_ends(path, TEXT("/restore")))
		return answer_restore(rq, out);
	cr_assert(strcmp(method, "GET") == 0 && text_is(path, "/internal/jwks.json"));
	(void)__atomic_add_fetch(&auth.reads, 1, __ATOMIC_SEQ_CST);
	*out = (struct caller_answer){ auth.status, text_of(__atomic_load_n(&auth.jwks, __ATOMIC_SEQ_CST)) };
	return NULL;
}

/* ---- keys and tokens */

struct keyset { EVP_PKEY *key; struct jwt_signer *signer; };

static struct keyset
keyset(struct req *rq, const char *spec, EVP_PKEY *newest, EVP_PKEY *older)
{
	struct text rest = text_of(spec), kid = text_cut(&rest, ',');
	struct keyset set = { .key = newest };
	const char *pems = arena_printf(mem, "%.*s:%s", TEXT_ARG(kid), forge_private_pem(mem, newest));

	if (older != NULL)
		pems = arena_printf(mem, "%s,%.*s:%s", pems, TEXT_ARG(rest), forge_private_pem(mem, older));
	cr_assert_null(jwt_signer_open(rq, &set.signer, pems, ISSUER, AUDIENCE));
	return set;
}

static void
publish(const struct keyset *set)
{
	__atomic_store_n(&auth.jwks, arena_copy(mem, jwt_signer_jwks(mem, set->signer)).at, __ATOMIC_SEQ_CST);
}

static struct text
token_for(struct req *rq, const struct keyset *set, struct access_token t)
{
	struct text out;

	cr_assert_null(jwt_sign(rq, set->signer, &t, &out));
	return out;
}

static struct access_token
somebody(int64_t seconds)
{
	int64_t now_us = clock_now_us();

	return (struct access_token){ .who = WHO_STAFF, .user = uuid_new(), .session = uuid_new(), .jti = uuid_new(),
		.issued_us = now_us - 1000 * (int64_t)SECOND, .expires_us = now_us + seconds * SECOND };
}

/* ---- the bench */

static struct req rq;
static EVP_PKEY *first, *second;
static struct keyset set;

static void
begin(void)
{
	req_begin(&rq, &app, mem, TEXT("test"), TIMEOUT_MS);
}

static void
open_all(void)
{
	mem = arena_open(MEM_BYTES);
	begin();
	first = EVP_EC_gen("P-256");
	second = EVP_EC_gen("P-256");
	cr_assert_null(redis_pool_open(&rq, &app.redis, kit_print("unix://%s", kit_db_start()->redis_socket), THREADS, 2000));
	auth.status = 200;
	set = keyset(&rq, "k1", first, NULL);
	publish(&set);
	callers = callers_open(&(struct callers_config){ .issuer = ISSUER, .audience = AUDIENCE, .refresh_s = 60, .ask = ask });
}

static void
close_all(void)
{
	callers_close(&callers);
	jwt_signer_close(&set.signer);
	redis_pool_close(&app.redis);
	EVP_PKEY_free(first);
	EVP_PKEY_free(second);
	req_end(&rq);
	arena_close(&mem);
}

TestSuite(caller, .init = open_all, .fini = close_all, .timeout = 60);

static const char *
slug(const struct err *e)
{
	return e != NULL ? e->slug : "fine";
}

static const char *
present(struct text token)
{
	struct access_token read;

	begin();
	return slug(caller_token(&rq, callers, token, &read));
}

static const char *
admit(const struct access_token *t)
{
	struct gate_answer gate;

	begin();
	return slug(caller_session(&rq, callers, t, NULL, &gate));
}

static bool
is_listed(struct uuid jti)
{
	struct gate_answer gate;

	begin();
	cr_assert_null(session_gate(&rq, app.redis, uuid_new(), jti, NULL, 0, &gate));
	return gate.blacklisted;
}

static void
put(const struct access_token *t, enum session_state state)
{
	struct session s = { .state = state, .who = t->who, .user = t->user, .version = 1 };

	begin();
	cr_assert_null(session_put(&rq, app.redis, t->session, &s, clock_now_us() + 600 * (int64_t)SECOND));
}

/* ---- the blacklist */

Test(caller, a_token_that_has_run_out_goes_on_the_blacklist_when_it_is_presented)
{
	struct access_token old = somebody(-5), young = somebody(600);

	cr_assert_str_eq(present(token_for(&rq, &set, young)), "fine");
	cr_assert_not(is_listed(young.jti));
	cr_assert_not(is_listed(old.jti));
	for (int i = 0; i < 3; i++)
		cr_assert_str_eq(present(token_for(&rq, &set, old)), "token.expired");
	cr_assert(is_listed(old.jti));
}

/* Else anybody could fill Redis, or shut out a token whose id he knows. */
Test(caller, what_does_not_hold_puts_nothing_on_the_blacklist)
{
	struct access_token old = somebody(-5);
	struct keyset forged = keyset(&rq, "k1", second, NULL), unknown = keyset(&rq, "k9", second, NULL), other;

	cr_assert_str_eq(present(token_for(&rq, &forged, old)), "token.invalid");
	cr_assert_str_eq(present(token_for(&rq, &unknown, old)), "token.unknown_key");
	cr_assert_null(jwt_signer_open(&rq, &other.signer, arena_printf(mem, "k1:%s", forge_private_pem(mem, first)),
	    "https://else.example", AUDIENCE));
	cr_assert_str_eq(present(token_for(&rq, &other, old)), "token.invalid");
	cr_assert_not(is_listed(old.jti));
	jwt_signer_close(&forged.signer);
	jwt_signer_close(&unknown.signer);
	jwt_signer_close(&other.signer);
}

Test(caller, a_token_of_an_ended_session_goes_on_the_blacklist)
{
	struct access_token t = somebody(600);

	put(&t, SESSION_REVOKED);
	cr_assert_str_eq(admit(&t), "token.revoked");
	cr_assert(is_listed(t.jti));
	put(&t, SESSION_ALIVE);      /* refused: an older truth */
	cr_assert_str_eq(admit(&t), "token.revoked");
	cr_assert_eq(auth.restores, 0);
}

Test(caller, a_token_of_another_user_than_its_session_is_refused_and_not_blacklisted)
{
	struct access_token t = somebody(600);

	put(&t, SESSION_ALIVE);
	cr_assert_str_eq(admit(&t), "fine");
	t.user = uuid_new();
	cr_assert_str_eq(admit(&t), "token.invalid");
	cr_assert_not(is_listed(t.jti));
}

/* ---- sessions that Redis has lost */

static const char *
restored(const struct access_token *t, const char *state)
{
	char user[UUID_CHARS + 1];

	uuid_print(t->user, user);
	return kit_print("{\"state\":\"%s\",\"who\":\"staff\",\"userId\":\"%s\",\"permissions\":\"1f\",\"version\":1}", state,
	    user);
}

Test(caller, auth_says_what_redis_has_lost)
{
	struct access_token alive = somebody(600), revoked = somebody(600), gone = somebody(600), broken = somebody(600);

	auth.restore_status = 200;
	auth.restored = restored(&alive, "alive");
	cr_assert_str_eq(admit(&alive), "fine");
	auth.restored = restored(&revoked, "revoked");
	cr_assert_str_eq(admit(&revoked), "token.revoked");
	cr_assert(is_listed(revoked.jti));
	auth.restored = "{\"state\":\"alive\"}";
	cr_assert_str_eq(admit(&broken), "session.unrestored");
	auth.restore_status = 503;
	cr_assert_str_eq(admit(&broken), "session.unrestored");
	cr_assert_not(is_listed(broken.jti));
	auth.restore_status = 404;
	cr_assert_str_eq(admit(&gone), "token.revoked");
	cr_assert(is_listed(gone.jti));
}

/* ---- many at once */

struct many {
	void *(*run)(void *arg);
	const struct keyset *signer;
	struct access_token token;
	int wrong;      /* atomic */
};

static void
all_at_once(struct many *m)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, m->run, m), 0);
	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_join(threads[i], NULL), 0);
}

/* A request on this thread's own memory. */
static struct req
own(void)
{
	struct req one;

	req_begin(&one, &app, arena_open(MEM_BYTES), TEXT("thread"), TIMEOUT_MS);
	return one;
}

static void
end(struct req *one)
{
	struct arena *theirs = one->mem;

	req_end(one);
	arena_close(&theirs);
}

static void *
ask_for_one(void *arg)
{
	struct many *m = arg;
	struct gate_answer gate;
	struct req one = own();

	if (caller_session(&one, callers, &m->token, NULL, &gate) != NULL)
		(void)__atomic_add_fetch(&m->wrong, 1, __ATOMIC_SEQ_CST);
	end(&one);
	return NULL;
}

Test(caller, auth_gets_one_question_per_session_at_a_time)
{
	struct many m = { .run = ask_for_one, .token = somebody(600) };

	auth.restore_status = 200;
	auth.restored = restored(&m.token, "alive");
	all_at_once(&m);
	cr_assert_eq(m.wrong, 0);
	cr_assert_eq(auth.restores, THREADS, "nobody has written it back");
	cr_assert_eq(auth.peak, 1);
}

static void *
present_each(void *arg)
{
	struct many *m = arg;
	struct access_token read;
	struct req one = own();

	for (int i = 0; i < EACH; i++)
		if (caller_token(&one, callers, token_for(&one, m->signer, somebody(600)), &read) != NULL)
			(void)__atomic_add_fetch(&m->wrong, 1, __ATOMIC_SEQ_CST);
	end(&one);
	return NULL;
}

/* The first set is read once for all, and then once a second at most, for the whole flood. */
Test(caller, a_flood_of_unknown_kids_asks_auth_once_a_second)
{
	struct keyset unknown = keyset(&rq, "k9", second, NULL);
	struct many m = { .run = present_each, .signer = &unknown };
	int64_t began_us = clock_mono_us();

	all_at_once(&m);
	cr_assert_eq(m.wrong, THREADS * EACH);
	cr_assert_leq(auth.reads, 2 + (int)((clock_mono_us() - began_us) / SECOND));      /* the first is to have it at all */
	cr_assert_str_eq(present(token_for(&rq, &set, somebody(600))), "fine");
	jwt_signer_close(&unknown.signer);
}

/* A new key that signs as soon as it is published: whoever comes first reads the set, the others wait for him. */
Test(caller, a_rotation_refuses_nobody)
{
	struct keyset rotated = keyset(&rq, "k2,k1", second, first);
	struct many m = { .run = present_each, .signer = &rotated };

	cr_assert_str_eq(present(token_for(&rq, &set, somebody(600))), "fine");
	publish(&rotated);
	all_at_once(&m);
	cr_assert_eq(m.wrong, 0);
	cr_assert_eq(auth.reads, 2);
	cr_assert_str_eq(present(token_for(&rq, &set, somebody(600))), "fine", "the old key still counts");
	jwt_signer_close(&rotated.signer);
}

Test(caller, a_set_that_cannot_be_read_leaves_the_old_one)
{
	struct keyset unknown = keyset(&rq, "k9", second, NULL);

	auth.status = 503;
	cr_assert_str_eq(present(token_for(&rq, &set, somebody(600))), "keys.unread");
	kit_throughout(1000, true);
	auth.status = 200;
	cr_assert_str_eq(present(token_for(&rq, &set, somebody(600))), "fine");
	auth.jwks = "{\"keys\":[]}";
	kit_throughout(1000, true);
	cr_assert_str_eq(present(token_for(&rq, &unknown, somebody(600))), "token.unknown_key");
	cr_assert_str_eq(present(token_for(&rq, &set, somebody(600))), "fine");
	jwt_signer_close(&unknown.signer);
}
