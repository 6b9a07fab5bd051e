/* The key set of auth: floods, rotations, silence. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include "common/core/clock.h"
#include "tests/integration/caller/world.h"

enum { EACH = 60 };

TestSuite(caller_keys, .init = world_open, .fini = world_close, .timeout = 60);

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
Test(caller_keys, a_flood_of_unknown_kids_asks_auth_once_a_second)
{
	struct keyset unknown = keyset(&rq, "k9", second, NULL);
	struct many m = { .run = present_each, .signer = &unknown };
	int64_t began_us = clock_mono_us();

	all_at_once(&m);
	cr_assert_eq(m.wrong, THREADS * EACH);
	cr_assert_leq(auth.reads, 2 + (int)((clock_mono_us() - began_us) / SECOND));      /* one was to have it at all */
	cr_assert_str_eq(present(token_for(&rq, &set, somebody(600))), "fine");
	jwt_signer_close(&unknown.signer);
}

/* A new key that signs as soon as it is published: whoever comes first reads the set, the others wait for him. */
Test(caller_keys, a_rotation_refuses_nobody)
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

static int told_busy;      /* atomic */

static void *
present_once(void *arg)
{
	const struct many *m = arg;
	struct access_token read;
	struct req one = own();
	const struct err *e = caller_token(&one, callers, token_for(&one, m->signer, somebody(600)), &read);

	(void)__atomic_add_fetch(&told_busy, strcmp(slug(e), "keys.busy") == 0, __ATOMIC_SEQ_CST);
	end(&one);
	return NULL;
}

/* The threads of a server are worth more than a key that nobody may have. */
Test(caller_keys, a_frozen_auth_does_not_hold_everybody)
{
	enum { CROWD = 40, MAY_WAIT = 32 };
	struct keyset unknown = keyset(&rq, "k9", second, NULL);
	struct many m = { .signer = &unknown };
	pthread_t threads[CROWD];

	cr_assert_str_eq(present(token_for(&rq, &set, somebody(600))), "fine");
	kit_throughout(1000, true);
	__atomic_store_n(&auth.frozen, true, __ATOMIC_SEQ_CST);
	for (int i = 0; i < CROWD; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, present_once, &m), 0);
	kit_until(5000, __atomic_load_n(&told_busy, __ATOMIC_SEQ_CST) == CROWD - MAY_WAIT);
	cr_assert_str_eq(present(token_for(&rq, &set, somebody(600))), "fine");
	__atomic_store_n(&auth.frozen, false, __ATOMIC_SEQ_CST);
	for (int i = 0; i < CROWD; i++)
		cr_assert_eq(pthread_join(threads[i], NULL), 0);
	cr_assert_eq(auth.reads, 2, "one for all who waited");
	jwt_signer_close(&unknown.signer);
}

static void
answer_with(int status)
{
	__atomic_store_n(&auth.status, status, __ATOMIC_SEQ_CST);
}

Test(caller_keys, a_set_that_cannot_be_read_leaves_the_old_one)
{
	struct keyset unknown = keyset(&rq, "k9", second, NULL);

	answer_with(503);
	cr_assert_str_eq(present(token_for(&rq, &set, somebody(600))), "keys.unread");
	answer_with(200);
	kit_until(3000, strcmp(present(token_for(&rq, &set, somebody(600))), "fine") == 0);
	__atomic_store_n(&auth.jwks, "{\"keys\":[]}", __ATOMIC_SEQ_CST);
	cr_assert_str_eq(present(token_for(&rq, &unknown, somebody(600))), "keys.busy", "it may be good for all we know");
	cr_assert_str_eq(present(token_for(&rq, &set, somebody(600))), "fine");
	jwt_signer_close(&unknown.signer);
}

/* The set is due, auth takes the question and says nothing: that is the reader's affair alone. */
Test(caller_keys, whose_key_is_known_does_not_wait_for_a_frozen_auth)
{
	int64_t began_us;

	callers_anew(1);
	cr_assert_str_eq(present(token_for(&rq, &set, somebody(600))), "fine");
	__atomic_store_n(&auth.frozen, true, __ATOMIC_SEQ_CST);
	kit_until(5000, __atomic_load_n(&auth.reads, __ATOMIC_SEQ_CST) == 2);
	began_us = clock_mono_us();
	for (int i = 0; i < 5; i++)
		cr_assert_str_eq(present(token_for(&rq, &set, somebody(600))), "fine");
	cr_assert_lt(clock_mono_us() - began_us, SECOND, "a reading may take two");
	__atomic_store_n(&auth.frozen, false, __ATOMIC_SEQ_CST);
}

/* Nobody waits for what has just failed; the reader goes on trying, so a key that is good is taken a second later. */
Test(caller_keys, while_auth_fails_an_unknown_key_is_refused_at_once_and_taken_soon_after)
{
	struct keyset rotated = keyset(&rq, "k2,k1", second, first);
	int64_t began_us;

	cr_assert_str_eq(present(token_for(&rq, &set, somebody(600))), "fine");
	answer_with(503);
	cr_assert_str_eq(present(token_for(&rq, &rotated, somebody(600))), "keys.busy");
	__atomic_store_n(&auth.frozen, true, __ATOMIC_SEQ_CST);
	kit_until(5000, __atomic_load_n(&auth.reads, __ATOMIC_SEQ_CST) == 3);
	began_us = clock_mono_us();
	for (int i = 0; i < 5; i++)
		cr_assert_str_eq(present(token_for(&rq, &rotated, somebody(600))), "keys.busy");
	cr_assert_lt(clock_mono_us() - began_us, SECOND);
	publish(&rotated);
	answer_with(200);
	__atomic_store_n(&auth.frozen, false, __ATOMIC_SEQ_CST);
	kit_until(3000, strcmp(present(token_for(&rq, &rotated, somebody(600))), "fine") == 0);
	jwt_signer_close(&rotated.signer);
}
