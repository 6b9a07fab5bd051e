/* The digests by which Redis knows our scripts. */
#include "common/session/redis.h"
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

static void
expect_digest(enum redis_script which)
{
	struct redis_script_is script = redis_script(which);
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t len = 0;
	char hex[2 * EVP_MAX_MD_SIZE + 1] = "";

	cr_assert_eq(EVP_Q_digest(NULL, "SHA1", NULL, script.text, strlen(script.text), digest, &len), 1);
	for (size_t i = 0; i < len; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	cr_assert_str_eq(script.sha1, hex);
}

Test(scripts, a_digest_is_that_of_its_script)
{
	for (enum redis_script i = 0; i < SCRIPT__COUNT; i++)
		expect_digest(i);
}
