/* Addresses of a Redis, good and bad. */
#include "common/core/text.h"
#include "common/session/connection.h"
#include <criterion/criterion.h>

static struct redis_url u;

static bool
reads(const char *url)
{
	return redis_url_parse(text_of(url), &u);
}

Test(redis_url, tcp_with_and_without_its_parts)
{
	cr_assert(reads("redis://127.0.0.1"));
	cr_assert_str_eq(u.host, "127.0.0.1");
	cr_assert(u.port == 6379 && u.db == 0 && u.path[0] == '\0' && u.password[0] == '\0');
	cr_assert(reads("redis://:p%40s%3as@cache.internal:7000/3"));
	cr_assert_str_eq(u.password, "p@s:s");
	cr_assert_str_eq(u.host, "cache.internal");
	cr_assert(u.user[0] == '\0' && u.port == 7000 && u.db == 3);
	cr_assert(reads("redis://me:secret@[::1]:7000/"));
	cr_assert_str_eq(u.user, "me");
	cr_assert_str_eq(u.host, "::1");
	cr_assert_eq(u.port, 7000);
	cr_assert(reads("redis://[::1]"));
	cr_assert_eq(u.port, 6379);
}

Test(redis_url, unix_sockets_with_database_and_password)
{
	cr_assert(reads("unix:///run/redis.sock"));
	cr_assert_str_eq(u.path, "/run/redis.sock");
	cr_assert(reads("unix://:pw@/run/redis.sock?db=2"));
	cr_assert_str_eq(u.password, "pw");
	cr_assert_str_eq(u.path, "/run/redis.sock");
	cr_assert_eq(u.db, 2);
}

Test(redis_url, what_cannot_be_meant_is_refused)
{
	static const char *const bad[] = {
		"", "localhost", "http://x", "redis://", "redis://:6379", "redis://x:0", "redis://x:65536", "redis://x:y",
		"redis://x/y", "redis://x/-1", "redis://x/1/2", "redis://secret@x", "redis://:%zz@x", "redis://:%0@x",
		"redis://:%00@x", "redis://[::1", "redis://[::1]x", "unix://run/redis.sock", "unix:///", "unix:///x?y=1",
		"unix:///x?db=", "rediss://x",
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_assert_not(reads(bad[i]), "took '%s'", bad[i]);
}

Test(redis_url, what_does_not_fit_is_refused_and_not_cut)
{
	char long_one[400] = "unix:///";

	for (size_t i = 8; i < 8 + 107; i++)
		long_one[i] = 'x';
	cr_assert_not(reads(long_one), "108 bytes are too many for sun_path with its NUL");
	long_one[8 + 106] = '\0';
	cr_assert(reads(long_one));
}
