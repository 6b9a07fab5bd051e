/* Where to listen: "127.0.0.1:8115,[::1]:8115". */
#ifndef SOCKETIO_LISTEN_H
#define SOCKETIO_LISTEN_H
#include "common/core/base.h"

struct listen_address {
	char host[46];          /* without brackets; empty: every address */
	bool ipv6;
	int  port;
};

/* Takes the next address off a comma-separated list. */
bool listen_next(struct text *rest, struct listen_address *out) MUST_USE;
#endif
