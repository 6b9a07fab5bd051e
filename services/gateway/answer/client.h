/* Who is calling, by address: the peer, or the one a trusted proxy names. */
#ifndef GATEWAY_ANSWER_CLIENT_H
#define GATEWAY_ANSWER_CLIENT_H
#include "common/core/req.h"

/* Sets rq->client_ip from X-Forwarded-For when the peer is in trusted_proxies: the last entry that is not a trusted
 * proxy itself, so that nobody can put an address of their own choice in front. */
void client_address(struct req *rq);
/* Does the list hold the address? Entries are addresses or address/bits, IPv4 and IPv6. */
bool address_listed(struct text list, struct text address);
#endif
