#include <criterion/criterion.h>

#include "common/bus/bus.h"

static struct bus_peers peers;

Test(bus, peers_are_read_with_their_ports)
{
	cr_assert(
	    bus_peers_parse("shop=10.0.0.4:9101:9201, desk = desk.default.svc:1:65535", &peers));
	cr_assert_eq(peers.n, 2);
	cr_assert_str_eq(peers.at[0].name, "shop");
	cr_assert_str_eq(peers.at[0].host, "10.0.0.4");
	cr_assert_eq(peers.at[0].pub_port, 9101);
	cr_assert_eq(peers.at[0].ask_port, 9201);
	cr_assert_str_eq(peers.at[1].name, "desk");
	cr_assert_str_eq(peers.at[1].host, "desk.default.svc");
	cr_assert_eq(peers.at[1].ask_port, 65535);
}

Test(bus, a_name_may_stand_for_several_replicas)
{
	cr_assert(bus_peers_parse("shop=127.0.0.1:1:2,shop=127.0.0.1:3:4", &peers));
	cr_assert_eq(peers.n, 2);
}

Test(bus, an_ipv6_address_stands_in_brackets)
{
	cr_assert(bus_peers_parse("shop=[::1]:1:2", &peers));
	cr_assert_str_eq(peers.at[0].host, "::1");
	cr_assert_eq(peers.at[0].pub_port, 1);
	cr_assert_not(bus_peers_parse("shop=[::1:1:2", &peers));
	cr_assert_not(bus_peers_parse("shop=[::1]x:1:2", &peers));
}

Test(bus, nothing_configured_is_no_peers)
{
	cr_assert(bus_peers_parse("", &peers));
	cr_assert_eq(peers.n, 0);
	cr_assert(bus_peers_parse(NULL, &peers));
	cr_assert_eq(peers.n, 0);
}

Test(bus, a_malformed_row_is_refused)
{
	static const char *const bad[] = { "shop", "shop=", "=h:1:2", "shop=h", "shop=h:1",
		"shop=h:1:", "shop=h::2", "shop=h:0:2", "shop=h:1:65536", "shop=h:1:2:3",
		"shop=h:1:2,,x=h:1:2", "shop=:1:2", "shop=h:a:2",
		"a_name_that_is_longer_than_thirty_one_letters=h:1:2" };

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_assert_not(bus_peers_parse(bad[i], &peers), "%s was taken", bad[i]);
}

Test(bus, more_than_sixteen_rows_are_refused)
{
	char spec[17 * 16] = "";

	for (int i = 0; i < 17; i++)
		strcat(spec, i == 0 ? "a=h:1:2" : ",a=h:1:2");
	cr_assert_not(bus_peers_parse(spec, &peers));
}
