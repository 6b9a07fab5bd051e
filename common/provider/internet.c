/* The special-purpose registries of IANA (RFC 6890 and its successors) as two tables. */
#include "common/provider/internet.h"

#include <netinet/in.h>
#include <string.h>

struct block4 { uint8_t at[4]; int bits; };
static const struct block4 special4[] = {
	{ { 0 }, 8 },                    /* this network */
	{ { 10 }, 8 },                   /* private */
	{ { 100, 64 }, 10 },             /* shared by carriers */
	{ { 127 }, 8 },                  /* loopback */
	{ { 169, 254 }, 16 },            /* link-local, the metadata servers of clouds among them */
	{ { 172, 16 }, 12 },             /* private */
	{ { 192, 0, 0 }, 24 },           /* protocol assignments */
	{ { 192, 0, 2 }, 24 },           /* documentation */
	{ { 192, 88, 99 }, 24 },         /* 6to4 relays */
	{ { 192, 168 }, 16 },            /* private */
	{ { 198, 18 }, 15 },             /* benchmarks */
	{ { 198, 51, 100 }, 24 },        /* documentation */
	{ { 203, 0, 113 }, 24 },         /* documentation */
	{ { 224 }, 4 },                  /* multicast */
	{ { 240 }, 4 },                  /* reserved, broadcast */
};

/* Inside 2000::/3, which is all that is given out. */
struct block6 { uint8_t at[16]; int bits; };
static const struct block6 special6[] = {
	{ { 0x20, 0x01, 0x00 }, 23 },            /* protocol assignments: Teredo, ORCHID … */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },      /* documentation */
	{ { 0x20, 0x02 }, 16 },                  /* 6to4 wraps an IPv4 address */
	{ { 0x3f, 0xff }, 20 },                  /* documentation */
};
static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };        /* ::ffff:0:0/96 */

static bool
is_in(const uint8_t *address, const uint8_t *block, int bits)
{
	size_t whole = (size_t)bits / 8;
	uint8_t mask = (uint8_t)(0xff << (8 - bits % 8));

	return memcmp(address, block, whole) == 0 &&
	    (bits % 8 == 0 || (address[whole] & mask) == (block[whole] & mask));
}

static bool
is_public4(const uint8_t address[4])
{
	for (size_t i = 0; i < COUNT_OF(special4); i++)
		if (is_in(address, special4[i].at, special4[i].bits))
			return false;
	return true;
}

static bool
is_public6(const uint8_t address[16])
{
	if (memcmp(address, mapped, sizeof(mapped)) == 0)
		return is_public4(address + sizeof(mapped));
	if ((address[0] & 0xe0) != 0x20)
		return false;
	for (size_t i = 0; i < COUNT_OF(special6); i++)
		if (is_in(address, special6[i].at, special6[i].bits))
			return false;
	return true;
}

bool
internet_has(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		return is_public4((const uint8_t *)&v4.sin_addr);
	}
	if (address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof(v6));
		return is_public6(v6.sin6_addr.s6_addr);
	}
	return false;
}
