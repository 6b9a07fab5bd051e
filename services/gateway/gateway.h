/* The gateway's own state and settings. */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/req.h"
#include "common/http/http.h"
#include "common/http/router.h"
#include "common/token/digest.h"
#include "gen/proto/public_routes.gen.h"

struct gateway_config {
#include "common/config/members.h"
#include "services/gateway/config.def"
#include "common/config/end.h"
};

enum { MAX_UPSTREAMS = 8 };

struct upstream;
struct access_log;
struct callers;

/* One service behind the gateway: its connections, and the key its identity header is signed with. */
struct service_door { const char *name; struct upstream *upstream; struct key256 identity_key; };

/* Made by gateway_open() before the door, read-only afterwards (what changes locks itself). */
struct gateway {
	const struct gateway_config *config;
	struct service_door          doors[MAX_UPSTREAMS];
	size_t                       n_doors;
	struct service_door         *auth;
	struct upstream             *socketio;       /* NULL: not here */
	struct key256                pair_key;       /* for auth's /internal/ */
	struct callers              *callers;
	struct access_log           *access_log;     /* NULL: switched off */
	struct router               *router;         /* of public_routes */
	int                          long_polls;     /* in hand; atomic */
};

static inline struct gateway *
gateway_of(const struct req *rq)
{
	return rq->app->state;
}

enum {
	GATEWAY_CONFIG_KEYS = 0
#include "common/config/count.h"
#include "services/gateway/config.def"
#include "common/config/end.h"
};
extern const struct config_key gateway_config_keys[];
extern struct gateway_config gateway_config_values;
const struct err *gateway_open(struct req *rq, struct app *app);
void              gateway_close(struct app *app);
/* What of the door is the gateway's own: connections per address, how much of whose body is read, which refusals are told. */
void              gateway_door(struct http_server_config *config);
/* The key set of auth has been read. */
const struct err *gateway_ready(struct req *rq);

/* Every request: find the route, let the caller in, forward, answer. */
void              gateway_take(struct req *rq, const struct http_request *in, struct http_reply *out);
/* Every request but probes, refused ones too, for the access log. */
void              gateway_seen(struct req *rq, const struct http_request *in, int status, int64_t took_us);
extern const struct http_websocket gateway_tunnel;
#endif
