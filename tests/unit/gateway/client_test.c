/* Who is calling, by address. */
#include <criterion/criterion.h>
#include "common/core/text.h"
#include "services/gateway/answer/client.h"
#include "tests/unit/gateway/world.h"

TestSuite(client, .init = world_open, .fini = world_close);

static const char *
client_of(const char *peer, const char *trusted, const char *forwarded)
{
	config.trusted_proxies = trusted;
	(void)world_request("GET", "/", forwarded, NULL);
	rq.client_ip = text_of(peer);
	client_address(&rq);
	return str(rq.client_ip);
}

Test(client, without_trusted_proxies_the_peer_is_the_caller_whatever_it_says)
{
	cr_assert_str_eq(client_of("203.0.113.7", "", "X-Forwarded-For: 198.51.100.1"), "203.0.113.7");
	cr_assert_str_eq(client_of("203.0.113.7", "10.0.0.0/8", "X-Forwarded-For: 198.51.100.1"), "203.0.113.7");
	cr_assert_str_eq(client_of("10.1.2.3", "10.0.0.0/8", NULL), "10.1.2.3");
}

Test(client, a_trusted_proxy_names_the_caller)
{
	cr_assert_str_eq(client_of("10.1.2.3", "10.0.0.0/8", "X-Forwarded-For: 198.51.100.1"), "198.51.100.1");
	cr_assert_str_eq(client_of("10.1.2.3", " 192.0.2.1 , 10.1.2.3 ", "X-Forwarded-For: 198.51.100.1"), "198.51.100.1");
	cr_assert_str_eq(client_of("2001:db8::5", "2001:db8::/32", "X-Forwarded-For: 2001:db9::1"), "2001:db9::1");
	cr_assert_str_eq(client_of("::ffff:10.1.2.3", "10.0.0.0/8", "X-Forwarded-For: 198.51.100.1"), "198.51.100.1");
}

Test(client, what_the_caller_put_in_front_is_not_believed)
{
	cr_assert_str_eq(client_of("10.1.2.3", "10.0.0.0/8", "X-Forwarded-For: 1.1.1.1, 198.51.100.1"), "198.51.100.1");
	cr_assert_str_eq(client_of("10.1.2.3", "10.0.0.0/8", "X-Forwarded-For: 1.1.1.1, 198.51.100.1, 10.9.9.9"), "198.51.100.1",
	    "one trusted proxy behind another");
	cr_assert_str_eq(client_of("10.1.2.3", "10.0.0.0/8", "X-Forwarded-For: 10.5.5.5, 198.51.100.1"), "198.51.100.1",
	    "an entry left of the untrusted one");
}

Test(client, an_entry_that_is_no_address_ends_the_walk)
{
	static const char *const lines[] = { "X-Forwarded-For: 1.1.1.1, unknown", "X-Forwarded-For: 1.1.1.1,", "X-Forwarded-For: ",
		"X-Forwarded-For: ,,,", "X-Forwarded-For: 1.1.1.1, 198.51.100.1:80", "X-Forwarded-For: [2001:db8::1]",
		"X-Forwarded-For: 1.1.1.1, 0x7f.1", "X-Forwarded-For: 1.1.1.1, 999.1.1.1",
		"X-Forwarded-For: 1.1.1.1, 11111111111111111111111111111111111111111111111111" };

	for (size_t i = 0; i < COUNT_OF(lines); i++)
		cr_assert_str_eq(client_of("10.1.2.3", "10.0.0.0/8", lines[i]), "10.1.2.3", "%s", lines[i]);
}

static const struct { const char *list, *address; bool listed; } table[] = {
	{ "10.0.0.0/8", "10.255.255.255", true }, { "10.0.0.0/8", "11.0.0.0", false },
	{ "192.168.4.0/22", "192.168.7.255", true }, { "192.168.4.0/22", "192.168.8.0", false },
	{ "192.0.2.1", "192.0.2.1", true }, { "192.0.2.1", "192.0.2.2", false }, { "192.0.2.1/32", "192.0.2.2", false },
	{ "0.0.0.0/0", "8.8.8.8", true }, { "0.0.0.0/0", "2001:db8::1", false }, { "::/0", "2001:db8::1", true },
	{ "::/0", "8.8.8.8", false }, { "2001:db8::/33", "2001:db8:7fff::1", true },
	{ "2001:db8::/33", "2001:db8:8000::1", false }, { "::1", "::1", true }, { "::1", "0:0:0:0:0:0:0:1", true },
	{ "10.0.0.0/33", "10.0.0.0", false }, { "10.0.0.0/-1", "10.0.0.0", false }, { "10.0.0.0/", "10.0.0.0", false },
	{ "10.0.0.0/8x", "10.0.0.0", false }, { "10.0.0.0/8/8", "10.0.0.0", false }, { "/8", "10.0.0.0", false },
	{ "::/129", "::1", false }, { ",, ,10.0.0.1", "10.0.0.1", true }, { "", "10.0.0.1", false },
	{ "x,10.0.0.1", "10.0.0.1", true },
	{ "10.0.0.0/8", "", false }, { "10.0.0.0/8", "nonsense", false }, { "10.0.0.0/8", "::ffff:10.0.0.1", true },
};

Test(client, lists_hold_addresses_and_networks_of_both_families)
{
	for (size_t i = 0; i < COUNT_OF(table); i++)
		cr_assert_eq(address_listed(text_of(table[i].list), text_of(table[i].address)), table[i].listed, "%s in %s",
		    table[i].address, table[i].list);
}
