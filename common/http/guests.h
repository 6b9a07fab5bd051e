/* Who is connected: how many connections an address may have, and until when each must be through with its part.
 *
 * civetweb takes connections without asking, gives nobody its sockets, and bounds the pause between two bytes, not how
 * long a client may take in all. So its accept() is guests.c's, which knows every socket from its first moment, refuses
 * there, and cuts those that are overdue. */
#ifndef HTTP_GUESTS_H
#define HTTP_GUESTS_H
#include "common/core/base.h"

struct http_server;
struct mg_connection;

/* From now on what is accepted on the ports of this server is counted and watched, by a thread of its own. */
void http_guests_open(struct http_server *s);
/* After civetweb has stopped. */
void http_guests_close(struct http_server *s);

/* On the connection's own thread. The client must have done its part within so many milliseconds from now; 0: it is our
 * turn, for as long as it takes. At first a request must have been read request_timeout_ms after the accept. */
void http_guest_due(const struct mg_connection *conn, int64_t ms);
/* What is left is civetweb's closing, which waits for as long as a client goes on to send. */
void http_guest_leaves(const struct mg_connection *conn);
#endif
