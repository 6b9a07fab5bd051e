/* Addresses of the form host:port. */
#ifndef SANDBOX_ADDRESS_H
#define SANDBOX_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>

/* Reads a numeric IPv4 host and a port. */
bool address_parse(const char *text, struct sockaddr_in *out);

#endif
