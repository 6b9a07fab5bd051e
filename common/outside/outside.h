/* What programs outside the suite get of a publisher: only public events, under a key that auth made for them
 * (/api/event-keys), over a REQ/REP door of their own and over HTTP. common/outbox/PROTOCOL.md is the manual.
 *
 * A key is asked from auth and believed for half a second; without auth nobody outside is answered. */
#ifndef OUTSIDE_OUTSIDE_H
#define OUTSIDE_OUTSIDE_H
#include "common/http/http.h"

struct outside;
/* As the outside_ settings say; *out is NULL when they are empty. INVALID "config.outside" or what the bus says. */
const struct err *outside_open(struct req *rq, struct outside **out, struct app *app) MUST_USE;
void              outside_close(struct outside **o);      /* the HTTP door is closed already */

/* Who calls a route of security eventKey (and x-tx none): the company that the key is of, nil for all. UNKNOWN_WHO
 * "event_key.denied" without a good key; FORBIDDEN "event_key.out_of_scope" for one that may not see events of this
 * type; BUSY when that cannot be known now. May ask auth. */
const struct err *outside_caller(struct req *rq, const char *type, struct uuid *company) MUST_USE;

/* GET /api/events, for services that outside_open() gave something. */
extern const struct http_route *const outside_routes;
extern const size_t                   outside_n_routes;
#endif
