/* Tokens that are over, and sessions that Redis has lost. */
#include <criterion/criterion.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "tests/integration/caller/world.h"
#include "tests/kit/forge.h"

TestSuite(caller, .init = world_open, .fini = world_close, .timeout = 60);

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
