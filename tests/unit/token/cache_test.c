/* The table of verified tokens: bounded, and the oldest gives way. */
#include "common/token/cache.h"
#include <criterion/criterion.h>

static void
digest_of(unsigned n, uint8_t out[SHA256_BYTES])
{
	digest_sha256((struct text){ (const char *)&n, sizeof(n) }, out);
}

static bool
known(struct token_cache *c, unsigned n, uint64_t epoch, int64_t now_us)
{
	struct access_token out;
	uint8_t             digest[SHA256_BYTES];

	digest_of(n, digest);
	if (!token_cache_get(c, digest, epoch, now_us, &out))
		return false;
	cr_assert_eq(out.issued_us, (int64_t)n);
	return true;
}

static void
put(struct token_cache *c, unsigned n, uint64_t epoch)
{
	uint8_t digest[SHA256_BYTES];

	digest_of(n, digest);
	token_cache_put(c, digest, epoch, &(struct access_token){ .issued_us = n, .expires_us = 1000 });
}

Test(cache, keeps_no_more_than_it_may_and_the_newest)
{
	struct token_cache *c = token_cache_open();
	unsigned            kept = 0;

	for (unsigned n = 0; n < 10 * JWT_CACHE; n++)
		put(c, n, 0);
	for (unsigned n = 0; n < 10 * JWT_CACHE; n++)
		kept += known(c, n, 0, 0);
	cr_assert_eq(kept, JWT_CACHE);
	/* Shards fill unevenly, but half of the room newest ones are surely there, the first ones not. */
	for (unsigned n = 10 * JWT_CACHE - JWT_CACHE / 2; n < 10 * JWT_CACHE; n++)
		cr_assert(known(c, n, 0, 0));
	for (unsigned n = 0; n < 8 * JWT_CACHE; n++)
		cr_assert_not(known(c, n, 0, 0));
	token_cache_close(&c);
	cr_assert_null(c);
}

Test(cache, what_has_expired_or_belongs_to_other_keys_does_not_count)
{
	struct token_cache *c = token_cache_open();

	put(c, 1, 0);
	cr_assert(known(c, 1, 0, 999));
	cr_assert_not(known(c, 1, 0, 1000));
	cr_assert_not(known(c, 1, 1, 0));
	put(c, 1, 1);
	cr_assert(known(c, 1, 1, 0), "the same token again takes its old place");
	cr_assert_not(known(c, 1, 0, 0));
	token_cache_close(&c);
}
