/* The scripts that run inside Redis. */
#include "common/session/redis.h"

/* KEYS: session. ARGV: now µs, version, alive, expiry µs, life ms, user, company, permissions, who.
 * What stands there counts until its own expiry by the business clock. Of two equal versions the
 * tombstone wins. 0: something newer stands there. */
static const char put[] =
    "local old = redis.call('HMGET', KEYS[1], 'v', 'a', 'x')\n"
    "if old[1] and tonumber(old[3] or '0') > tonumber(ARGV[1]) then\n"
    "  local was, is = tonumber(old[1]), tonumber(ARGV[2])\n"
    "  if was > is or (was == is and old[2] == '0' and ARGV[3] == '1') then return 0 end\n"
    "end\n"
    "redis.call('HSET', KEYS[1], 'v', ARGV[2], 'a', ARGV[3], 'x', ARGV[4],\n"
    "  'u', ARGV[6], 'c', ARGV[7], 'p', ARGV[8], 'w', ARGV[9])\n"
    "redis.call('PEXPIRE', KEYS[1], ARGV[5])\n"
    "return 1\n";

/* KEYS: counters that each give one back; those that are gone stay gone. */
static const char limits_back[] =
    "for i = 1, #KEYS do\n"
    "  if tonumber(redis.call('GET', KEYS[i]) or '0') > 0 then redis.call('DECR', KEYS[i]) end\n"
    "end\n"
    "return 1\n";

/* The digests by which EVALSHA calls them; a test asks Redis for them. */
struct redis_script_is
redis_script(enum redis_script which)
{
	switch (which) {
	case SCRIPT_PUT:
		return (struct redis_script_is){ put, "41a839c8ccd3d03be9c59912e09e3c6d4ac908ea" };
	case SCRIPT_LIMITS_BACK:
		return (struct redis_script_is){ limits_back, "6c3cb5f194a8913b3e80191e9f04a6ed1a1f2a1f" };
	case SCRIPT_NONE:
	case SCRIPT__COUNT:
		break;
	}
	UNREACHED("no such script");
}
