/* Lists of networks, and who is calling behind proxies. */
#include <criterion/criterion.h>
#include "common/core/address.h"
#include "common/core/text.h"

static const char *
client_of(const char *peer, const char *trusted, const char *forwarded)
{
	static char ip[ADDRESS_CHARS + 1];

	address_of_client(text_of(trusted), text_of(peer), text_of(forwarded), ip);
	return ip;
}

Test(address, without_trusted_proxies_the_peer_is_the_caller_whatever_it_says)
{
	cr_assert_str_eq(client_of("203.0.113.7", "", "198.51.100.1"), "203.0.113.7");
	cr_assert_str_eq(client_of("203.0.113.7", "10.0.0.0/8", "198.51.100.1"), "203.0.113.7");
	cr_assert_str_eq(client_of("10.1.2.3", "10.0.0.0/8", ""), "10.1.2.3");
}

Test(address, a_trusted_proxy_names_the_caller)
{
	cr_assert_str_eq(client_of("10.1.2.3", "10.0.0.0/8", "198.51.100.1"), "198.51.100.1");
	cr_assert_str_eq(client_of("10.1.2.3", " 192.0.2.1 , 10.1.2.3 ", "198.51.100.1"), "198.51.100.1");
	cr_assert_str_eq(client_of("2001:db8::5", "2001:db8::/32", "2001:db9::1"), "2001:db9::1");
	cr_assert_str_eq(client_of("::ffff:10.1.2.3", "10.0.0.0/8", "198.51.100.1"), "198.51.100.1");
}

Test(address, what_the_caller_put_in_front_is_not_believed)
{
	cr_assert_str_eq(client_of("10.1.2.3", "10.0.0.0/8", "1.1.1.1, 198.51.100.1"), "198.51.100.1");
	cr_assert_str_eq(client_of("10.1.2.3", "10.0.0.0/8", "1.1.1.1, 198.51.100.1, 10.9.9.9"), "198.51.100.1",
	    "one trusted proxy behind another");
	cr_assert_str_eq(client_of("10.1.2.3", "10.0.0.0/8", "10.5.5.5, 198.51.100.1"), "198.51.100.1",
	    "an entry left of the untrusted one");
}

Test(address, an_entry_that_is_no_address_ends_the_walk)
{
	static const char *const lines[] = { "1.1.1.1, unknown", "1.1.1.1,", "",
		",,,", "1.1.1.1, 198.51.100.1:80", "[2001:db8::1]",
		"1.1.1.1, 0x7f.1", "1.1.1.1, 999.1.1.1",
		"1.1.1.1, 11111111111111111111111111111111111111111111111111" };

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

Test(address, lists_hold_addresses_and_networks_of_both_families)
{
	for (size_t i = 0; i < COUNT_OF(table); i++)
		cr_assert_eq(address_listed(text_of(table[i].list), text_of(table[i].address)), table[i].listed, "%s in %s",
		    table[i].address, table[i].list);
}

Test(address, a_list_with_a_slip_is_told_from_a_good_one)
{
	static const char *const good[] = { "", " ", "10.0.0.1", "10.0.0.0/8, ::1 ,2001:db8::/32", ",,10.0.0.1," };
	static const char *const bad[] = { "x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.1 10.0.0.2", "::/129",
		"10.0.0.1;10.0.0.2", "proxy.example", "10.0.0" };

	for (size_t i = 0; i < COUNT_OF(good); i++)
		cr_assert(address_list_good(text_of(good[i])), "%s", good[i]);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_assert_not(address_list_good(text_of(bad[i])), "%s", bad[i]);
}

Test(address, an_address_has_one_spelling_and_what_is_none_is_empty)
{
	cr_assert_str_eq(client_of("10.1.2.3", "10.0.0.0/8", "2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
	cr_assert_str_eq(client_of("::ffff:203.0.113.7", "", ""), "203.0.113.7");
	cr_assert_str_eq(client_of("not an address", "10.0.0.0/8", "1.1.1.1"), "");
}

static const struct { const char *address, *network; } networks[] = {
	{ "203.0.113.7", "203.0.113.7" }, { "::ffff:203.0.113.7", "203.0.113.7" }, { "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
	{ "2001:db8:1:2::", "2001:db8:1:2::" }, { "::1", "::" }, { "nonsense", "" }, { "", "" },
};

Test(address, a_subscriber_has_an_ipv4_address_or_64_bits_of_ipv6)
{
	char out[ADDRESS_CHARS + 1];

	for (size_t i = 0; i < COUNT_OF(networks); i++) {
		address_network(text_of(networks[i].address), out);
		cr_assert_str_eq(out, networks[i].network, "%s", networks[i].address);
	}
}
