/* Client addresses: lists of networks, and whom X-Forwarded-For may name. */
#ifndef CORE_ADDRESS_H
#define CORE_ADDRESS_H
#include "common/core/base.h"

enum { ADDRESS_CHARS = 45 };

/* Does the list hold the address? Entries are addresses or address/bits, IPv4 and IPv6, comma separated; ::ffff:a.b.c.d
 * is a.b.c.d. What is neither matches nothing. */
bool address_listed(struct text list, struct text address);
/* Is every entry of the list one? For check-config; an empty list is. */
bool address_list_good(struct text list);
/* What one subscriber has: an IPv4 address itself, the first 64 bits of an IPv6 one. Empty for what is neither. */
void address_network(struct text address, char out[ADDRESS_CHARS + 1]);
/* Who is calling: the peer, or, when it is in the list of trusted proxies, the last address of X-Forwarded-For ("a, b, c")
 * that is not a trusted proxy itself. The list grows to the right, one entry per proxy, so nobody can put an address of
 * their own choice in front. In its one spelling; empty when the peer is no address. */
void address_of_client(struct text trusted, struct text peer, struct text forwarded, char out[ADDRESS_CHARS + 1]);
#endif
