/* Who is calling, by address: the rule itself is of core (address.h). */
#include <criterion/criterion.h>
#include "common/core/text.h"
#include "services/gateway/answer/client.h"
#include "tests/unit/gateway/world.h"

TestSuite(client, .init = world_open, .fini = world_close);

static const char *
client_behind(const char *peer, const char *one, const char *other)
{
	struct http_request *in = world_request("GET", "/", one, other, NULL);

	config.trusted_proxies = "10.0.0.0/8";
	in->client_ip = text_of(peer);
	client_address(&rq, in);
	return str(rq.client_ip);
}

Test(client, only_a_trusted_peer_is_believed)
{
	cr_assert_str_eq(client_behind("203.0.113.7", "X-Forwarded-For: 198.51.100.1", NULL), "203.0.113.7");
	cr_assert_str_eq(client_behind("10.1.2.3", "X-Forwarded-For: 1.1.1.1, 198.51.100.1", NULL), "198.51.100.1");
	cr_assert_str_eq(client_behind("10.1.2.3", NULL, NULL), "10.1.2.3");
}

/* Some proxies add a line instead of an entry: the first is then the caller's own. */
Test(client, several_lines_are_one_list)
{
	cr_assert_str_eq(client_behind("10.1.2.3", "X-Forwarded-For: 1.1.1.1", "x-forwarded-for: 198.51.100.1"), "198.51.100.1");
	cr_assert_str_eq(client_behind("10.1.2.3", "X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: 10.9.9.9"), "198.51.100.1");
	cr_assert_str_eq(client_behind("10.1.2.3", "X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: "), "10.1.2.3");
}
