/* One connection to Redis and where it leads. Private to common/session. */
#ifndef SESSION_CONNECTION_H
#define SESSION_CONNECTION_H
#include "common/core/buf.h"
#include "common/session/redis.h"

/* redis://[[user]:password@]host[:port][/db] or unix://[[user]:password@]/path[?db=n], the
 * user and the password percent-encoded. path is empty for TCP. */
struct redis_url {
	char host[256], path[108];       /* 108: sun_path */
	char user[128], password[256];
	int  port, db;
};
bool redis_url_parse(struct text url, struct redis_url *out) MUST_USE;

struct connection {
	redisContext *redis;
	bool          used;              /* has answered before: it may have died of old age since */
	char          why[160];          /* the last failure, for the log */
};

/* Connects, authenticates and selects, all before until_us (monotonic; looking up a host name is up
 * to the resolver's own limits). Returns a connection in any case; .redis is NULL when it failed,
 * and .why says how. */
struct connection *connection_open(const struct redis_url *url, int64_t until_us);
void               connection_close(struct connection **c);

/* The three below are false when the connection is of no more use, or at until_us: then what was on
 * its way still is. */
/* Sends what stands in `out` behind *written, then empties it. */
bool connection_send(struct connection *c, struct buf *out, size_t *written, int64_t until_us) MUST_USE;
/* Waits for bytes and keeps them for connection_answers(). */
bool connection_hear(struct connection *c, int64_t until_us) MUST_USE;
/* Adds what has come of n answers to *a; a->n < n: not all of it yet. */
bool connection_answers(struct connection *c, size_t n, struct redis_answers *a) MUST_USE;
/* All that came has been taken; else somebody answers what nobody asked, and no answer can be trusted. */
bool connection_is_silent(struct connection *c) MUST_USE;
#endif
