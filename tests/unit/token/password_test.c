/* Passwords: what fits, what it costs, and how many at once. */
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/token/password.h"
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include "tests/kit/kit.h"

/* Small, so that the tests are about the rules and not about the time. */
static const struct password_cost small = { 64, 1, 1 };
/* 64 MiB twice: long enough that a second caller surely comes while it runs. */
static const struct password_cost large = { 65536, 4, 1 };

static struct req        rq;
static struct passwords *p;

static void
set_up(void)
{
	rq = (struct req){ .mem = arena_open(1 << 20), .now_us = clock_now_us() };
	cr_assert_null(passwords_open(&rq, &p, small, 2, 4));
}

static void
tear_down(void)
{
	passwords_close(&p);
	cr_assert_null(p);
	arena_close(&rq.mem);
}

TestSuite(password, .init = set_up, .fini = tear_down);

static bool
check(const char *password, struct text phc, bool *rehash)
{
	bool ok = false;

	cr_assert_null(password_check(&rq, p, text_of(password), phc, &ok, rehash));
	return ok;
}

Test(password, fits_its_own_hash_only)
{
	struct text phc;
	bool        rehash;

	cr_assert_null(password_hash(&rq, p, TEXT("correct horse"), &phc));
	cr_assert(text_starts(phc, TEXT("$argon2id$v=19$m=64,t=1,p=1$")));
	cr_assert(check("correct horse", phc, &rehash));
	cr_assert_not(rehash);
	cr_assert_not(check("correct hors", phc, &rehash));
	cr_assert_not(check("", phc, &rehash));
}

Test(password, reads_what_the_reference_program_wrote)
{
	/* A vector of the reference implementation's own tests (test.c). */
	struct text phc = TEXT("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");
	bool        rehash;

	cr_assert(check("password", phc, &rehash));
	cr_assert(rehash, "its cost is not ours");
	cr_assert_not(check("Password", phc, &rehash));
}

Test(password, two_hashes_of_one_password_differ)
{
	struct text a, b;

	cr_assert_null(password_hash(&rq, p, TEXT("same"), &a));
	cr_assert_null(password_hash(&rq, p, TEXT("same"), &b));
	cr_assert_not(text_eq(a, b));
}

Test(password, an_unknown_name_costs_one_hash_like_a_known_one)
{
	struct text phc;
	bool        rehash;
	uint64_t    before;

	cr_assert_null(password_hash(&rq, p, TEXT("x"), &phc));
	before = passwords_hashed(p);
	cr_assert_not(check("y", phc, &rehash));
	cr_assert_eq(passwords_hashed(p), before + 1);
	cr_assert_not(check("y", (struct text){ 0 }, &rehash));
	cr_assert_eq(passwords_hashed(p), before + 2);
	cr_assert_not(rehash);
}

Test(password, a_stored_text_that_is_absurd_is_refused_before_any_work)
{
	static const char *const bad[] = {
		"x", "$argon2id$", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
		"$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
		"$argon2id$v=19$m=1048577,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
		"$argon2id$v=19$m=64,t=21,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
		"$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
		"$argon2id$v=19$m=64,t=1,p=99$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
		"$argon2id$v=19$m=7,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
		"$argon2id$v=19$m=-1,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
		"$argon2id$v=19$m=64,t=1,p=1$c2$CTFhFdXPJO1aFaMaO6Mm5Q",
		"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q$x",
		"$argon2id$v=19$m=64,t=1,p=1,x=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
	};
	uint64_t before = passwords_hashed(p);
	bool     ok = true, rehash;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		const struct err *e = password_check(&rq, p, TEXT("x"), text_of(bad[i]), &ok, &rehash);

		cr_assert_not_null(e, "took %s", bad[i]);
		cr_assert_str_eq(e->slug, "password.stored_malformed");
		cr_assert_not(ok);
	}
	cr_assert_eq(passwords_hashed(p), before);
}

Test(password, a_stored_cost_above_the_slots_buffer_is_still_checked)
{
	struct passwords *bigger;
	struct text       phc;
	bool              rehash;

	cr_assert_null(passwords_open(&rq, &bigger, (struct password_cost){ 256, 2, 2 }, 1, 0));
	cr_assert_null(password_hash(&rq, bigger, TEXT("x"), &phc));
	cr_assert(check("x", phc, &rehash));
	cr_assert(rehash);
	passwords_close(&bigger);
}

Test(password, open_refuses_costs_and_slots_that_cannot_be)
{
	struct passwords *q = NULL;

	cr_assert_not_null(passwords_open(&rq, &q, (struct password_cost){ 4, 1, 1 }, 1, 0));
	cr_assert_not_null(passwords_open(&rq, &q, (struct password_cost){ 64, 0, 1 }, 1, 0));
	cr_assert_not_null(passwords_open(&rq, &q, small, 0, 0));
	cr_assert_not_null(passwords_open(&rq, &q, small, 1, -1));
	cr_assert_null(q);
}

Test(password, one_that_is_too_long_is_refused)
{
	char        long_one[PASSWORD_MAX_BYTES + 1];
	struct text phc;

	memset(long_one, 'x', sizeof(long_one));
	cr_assert_str_eq(password_hash(&rq, p, (struct text){ long_one, sizeof(long_one) }, &phc)->slug,
	    "password.too_long");
	cr_assert_null(password_hash(&rq, p, (struct text){ long_one, PASSWORD_MAX_BYTES }, &phc));
}

/* One caller of several. */
struct caller { struct passwords *of; int64_t deadline_us; char slug[32]; };

static void *
call(void *arg)
{
	struct caller *c = arg;
	struct req     mine = { .mem = arena_open(1 << 16), .deadline_us = c->deadline_us };
	struct text    phc;
	const struct err *e = password_hash(&mine, c->of, TEXT("x"), &phc);

	(void)strncpy(c->slug, e != NULL ? e->slug : "fine", sizeof(c->slug) - 1);
	arena_close(&mine.mem);
	return NULL;
}

Test(password, no_more_hash_or_wait_than_was_said)
{
	struct passwords *q;
	struct caller     first = { 0 }, waiting = { 0 };
	struct text       phc;
	pthread_t         a, b;

	cr_assert_null(passwords_open(&rq, &q, large, 1, 1));
	first.of = waiting.of = q;
	cr_assert_eq(pthread_create(&a, NULL, call, &first), 0);
	while (passwords_busy(q) == 0)
		(void)sched_yield();
	/* The one place to wait is taken by a caller with little patience... */
	waiting.deadline_us = clock_mono_us() + 20000;
	cr_assert_eq(pthread_create(&b, NULL, call, &waiting), 0);
	cr_assert_eq(pthread_join(b, NULL), 0);
	cr_assert_str_eq(waiting.slug, "password.busy");
	/* ... and then by a patient one, who gets his hash. */
	waiting.deadline_us = 0;
	cr_assert_eq(pthread_create(&b, NULL, call, &waiting), 0);
	cr_assert_eq(pthread_join(a, NULL), 0);
	cr_assert_eq(pthread_join(b, NULL), 0);
	cr_assert_str_eq(first.slug, "fine");
	cr_assert_str_eq(waiting.slug, "fine");
	cr_assert_eq(passwords_busy(q), 0);
	cr_assert_eq(passwords_hashed(q), 2);
	cr_assert_null(password_hash(&rq, q, TEXT("x"), &phc), "the slot is free again");
	passwords_close(&q);
}

Test(password, beyond_slots_and_waiters_a_caller_is_refused_at_once)
{
	struct passwords *q;
	struct caller     first = { 0 };
	struct text       phc;
	pthread_t         a;

	cr_assert_null(passwords_open(&rq, &q, large, 1, 0));
	first.of = q;
	cr_assert_eq(pthread_create(&a, NULL, call, &first), 0);
	while (passwords_busy(q) == 0)
		(void)sched_yield();
	const struct err *e = password_hash(&rq, q, TEXT("x"), &phc);
	cr_assert_not_null(e);
	cr_assert_eq(e->code, E_BUSY);
	cr_assert_str_eq(e->slug, "password.busy");
	cr_assert_eq(kit_metric("dure_password_slots_busy"), 1);
	cr_assert_eq(kit_metric("dure_password_refusals_total"), 1);
	cr_assert_eq(pthread_join(a, NULL), 0);
	cr_assert_eq(kit_metric("dure_password_slots_busy"), 0);
	cr_assert_eq(kit_metric("dure_passwords_hashed_total"), 1);
	passwords_close(&q);
}
