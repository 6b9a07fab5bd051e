/* A server that does what a test says: one thread per connection, on a loopback port. */
#ifndef KIT_PEER_H
#define KIT_PEER_H
#include "common/core/base.h"

struct peer;

/* Called for each request, numbered from 1 over all connections; says its answer by peer_say(). False: hang up. */
typedef bool peer_serve(struct peer *p, int fd, int number, const char *request);

struct peer *peer_open(peer_serve *serve);      /* on a free port */
struct peer *peer_open_at(int port, peer_serve *serve);
/* Ends it; who is still connected is cut off. */
void         peer_close(struct peer **p);
const char  *peer_address(const struct peer *p);     /* "127.0.0.1:…" */
int          peer_port(const struct peer *p);
int          peer_connections(const struct peer *p);
int          peer_requests(const struct peer *p);
/* The most requests that were in hand at the same time. */
int          peer_peak(const struct peer *p);
/* Connections that are open now. */
int          peer_open_now(const struct peer *p);
void         peer_say(int fd, const char *bytes);
/* The last request as it came, head and body (a copy that lives as long as the test). */
const char  *peer_last(struct peer *p);
#endif
