/* Which addresses strangers may send us to. */
#include <arpa/inet.h>
#include <criterion/criterion.h>

#include "common/provider/internet.h"

static bool
is_public(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return internet_has((const struct sockaddr *)&v4);
	cr_assert_eq(inet_pton(AF_INET6, text, &v6.sin6_addr), 1, "%s", text);
	return internet_has((const struct sockaddr *)&v6);
}

Test(internet, what_is_ours_or_nobodys_is_refused)
{
	static const char *const refused[] = { "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1",
		"100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
		"203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
		"100::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "2001::1", "2001:1ff::1", "2001:db8::1",
		"2002:7f00:1::", "3fff::1", "4000::1" };

	for (size_t i = 0; i < COUNT_OF(refused); i++)
		cr_expect(!is_public(refused[i]), "%s", refused[i]);
}

Test(internet, their_neighbours_are_let_through)
{
	static const char *const let[] = { "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.0.0.1",
		"128.0.0.1", "169.253.0.1", "169.255.0.1", "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.0.1",
		"192.169.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "::ffff:8.8.8.8", "2001:200::1", "2606:4700::1",
		"2a00:1450::1", "2003::1", "3fff:1000::1" };

	for (size_t i = 0; i < COUNT_OF(let); i++)
		cr_expect(is_public(let[i]), "%s", let[i]);
}
