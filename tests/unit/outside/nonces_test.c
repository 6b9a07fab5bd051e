/* What was used is known until it cannot be used any more, in memory that does not grow. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "common/core/text.h"
#include "common/outside/room.h"

enum { SECOND = 1000000, LIFE = 120 * SECOND };

static struct nonces *nonces;

static void
begin(void)
{
	nonces = outside_nonces_open();
}

static void
end(void)
{
	outside_nonces_close(&nonces);
}

TestSuite(outside_nonces, .init = begin, .fini = end);

static enum nonce
use(int key, const char *nonce, int64_t now_us)
{
	return outside_nonces_take(nonces, (struct uuid){ { (uint8_t)key } }, text_of(nonce), now_us, now_us + LIFE);
}

Test(outside_nonces, is_new_once_per_key_and_again_when_its_time_is_over)
{
	cr_assert_eq(use(1, "0123456789abcdef", SECOND), NONCE_NEW);
	cr_assert_eq(use(1, "0123456789abcdef", 2 * SECOND), NONCE_SEEN);
	cr_assert_eq(use(2, "0123456789abcdef", 2 * SECOND), NONCE_NEW);
	cr_assert_eq(use(1, "0123456789abcdeg", 2 * SECOND), NONCE_NEW);
	cr_assert_eq(use(1, "0123456789abcdef", SECOND + LIFE - 1), NONCE_SEEN);
	cr_assert_eq(use(1, "0123456789abcdef", SECOND + LIFE), NONCE_NEW);
}

/* A flood under one key: some are refused in the end, none is taken twice, and later all is well again. */
Test(outside_nonces, more_than_there_is_room_for_are_refused_and_never_forgotten)
{
	char nonce[17];
	int new = 0, full = 0;

	for (int i = 0; i < 200000; i++) {
		(void)snprintf(nonce, sizeof(nonce), "%016d", i);
		enum nonce said = use(1, nonce, SECOND);
		new += said == NONCE_NEW;
		full += said == NONCE_FULL;
		cr_assert_neq(said, NONCE_SEEN);
	}
	cr_assert_eq(new + full, 200000);
	cr_assert_gt(new, 60000);
	cr_assert_leq(new, 65536);
	cr_assert_eq(use(1, "0000000000000000", SECOND), NONCE_SEEN);
	cr_assert_eq(use(1, "0000000000000000", 2 * LIFE), NONCE_NEW);
}
