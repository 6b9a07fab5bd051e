/* Whose request it is. No sockets here. */
#ifndef SOCKETIO_EIO_PEER_H
#define SOCKETIO_EIO_PEER_H
#include "common/core/base.h"

enum { EIO_IP_CHARS = 45 };

/* The peer's address, or, when it is trusted, the last one in the X-Forwarded-For list that is not.
 * trusted holds addresses and prefixes, NULL-terminated, or is NULL. */
void eio_peer_read(struct text peer, struct text forwarded, const char *const *trusted,
    char out[EIO_IP_CHARS + 1]);
#endif
