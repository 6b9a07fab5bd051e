/* One connection to Redis and where it leads. Private to common/session. */
#ifndef SESSION_CONNECTION_H
#define SESSION_CONNECTION_H
#include "common/session/redis.h"

/* redis://[[user]:password@]host[:port][/db] or unix://[[user]:password@]/path[?db=n], the
 * user and the password percent-encoded. path is empty for TCP. */
struct redis_url {
	char host[256], path[108];       /* 108: sun_path */
	char user[128], password[256];
	int  port, db;
};
bool redis_url_parse(struct text url, struct redis_url *out) MUST_USE;

enum { SHA1_HEX = 40 };
struct connection {
	redisContext *redis;
	int           timeout_ms;        /* what the socket was last told */
	bool          used;              /* has answered before: it may have died of old age since */
	char          sha[SCRIPT__COUNT][SHA1_HEX + 1];
	char          why[160];          /* the last failure, for the log */
};

/* Connects, authenticates, selects and loads the scripts, all before until_us (monotonic; looking
 * up a host name is up to the resolver's own limits). Returns a connection in any case;
 * .redis is NULL when it failed, and .why says how. */
struct connection *connection_open(const struct redis_url *url, int64_t until_us);
void               connection_close(struct connection **c);
/* True when every command has its answer; else the connection is of no more use. */
bool               connection_ask(struct connection *c, const struct redis_command *commands,
    size_t n, int64_t until_us, struct redis_answers *out) MUST_USE;
#endif
