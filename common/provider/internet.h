/* Which network addresses lie on the public internet. Private to common/provider. */
#ifndef PROVIDER_INTERNET_H
#define PROVIDER_INTERNET_H
#include <sys/socket.h>

#include "common/core/base.h"

/* True for a global unicast address only: not loopback, private, link-local, shared, documentation, multicast or
 * reserved; an IPv6 address that stands for an IPv4 one is judged by that. Other families are never public. */
bool internet_has(const struct sockaddr *address);
#endif
