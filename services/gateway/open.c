/* What only the gateway has: connections to the services, their identity keys, the key set, the limits. */
#include <string.h>
#include "common/caller/caller.h"
#include "common/core/address.h"
#include "common/core/text.h"
#include "common/metrics/metrics.h"
#include "services/gateway/access/log.h"
#include "services/gateway/forward.h"
#include "services/gateway/gate/gate.h"
#include "services/gateway/gate/limit.h"
#include "services/gateway/gateway.h"
#include "services/gateway/identity_key.h"
#include "services/gateway/upstream/upstream.h"

struct gateway_config gateway_config_values;
static const struct gateway_config *const settings = &gateway_config_values;
static struct gateway gateway;

const struct config_key gateway_config_keys[GATEWAY_CONFIG_KEYS] = {
#define CONFIG_OF struct gateway_config
#include "common/config/rows.h"
#include "services/gateway/config.def"
#include "common/config/end.h"
};

METRIC(long_polls, GAUGE, "dure_gateway_long_polls", NULL, "Calls that wait for events");
METRIC(long_polls_max, GAUGE, "dure_gateway_long_polls_max", NULL, "Calls that may wait for events");
METRIC(busy, GAUGE, "dure_gateway_upstream_busy", "upstream", "Connections to a service that carry a request");
METRIC(busy_max, GAUGE, "dure_gateway_upstream_max", NULL, "Connections there may be to each service");

static void
probe(void *arg)
{
	(void)arg;
	metric_set(&long_polls_max, NULL, settings->long_polls);
	metric_set(&busy_max, NULL, settings->upstream_connections);
	metric_set(&long_polls, NULL, __atomic_load_n(&gateway.long_polls, __ATOMIC_RELAXED));
	for (size_t i = 0; i < gateway.n_doors; i++) {
		struct upstream_stats stats = upstream_stats(gateway.doors[i].upstream);

		metric_set(&busy, gateway.doors[i].name, stats.busy);
	}
}

static const struct err *
open_door(struct req *rq, struct text name, const char *address)
{
	struct service_door *door;

	if (gateway.n_doors == MAX_UPSTREAMS)
		return FAIL(rq, INVALID, "config.upstreams", "DURE_UPSTREAMS names more than %d services", MAX_UPSTREAMS);
	door = &gateway.doors[gateway.n_doors++];
	door->name = strdup(arena_copy(rq->mem, name).at);
	SURE(door->name != NULL);
	identity_key_derive(door->name, &door->identity_key);
	if (strcmp(door->name, "auth") == 0)
		gateway.auth = door;
	return upstream_open(rq, &door->upstream, door->name, address, (int)settings->upstream_connections,
	    (int)settings->upstream_connect_ms);
}

static const struct err *
open_doors(struct req *rq)
{
	for (struct text rest = text_of(settings->upstreams); rest.len > 0;) {
		struct text address = text_trim(text_cut(&rest, ',')), name = text_cut(&address, '=');

		if (name.len == 0 || address.at == NULL)
			return FAIL(rq, INVALID, "config.upstreams", "DURE_UPSTREAMS is not name=host:port, …");
		TRY(open_door(rq, name, arena_copy(rq->mem, address).at));
	}
	if (gateway.auth == NULL)
		return FAIL(rq, INVALID, "config.upstreams", "DURE_UPSTREAMS does not name auth");
	if (settings->socketio_upstream == NULL || settings->socketio_upstream[0] == '\0')
		return NULL;
	return upstream_open(rq, &gateway.socketio, "socketio", settings->socketio_upstream, (int)settings->upstream_connections,
	    (int)settings->upstream_connect_ms);
}

static void
open_router(void)
{
	static const char *paths[512];
	static int methods[512];

	SURE(n_public_routes <= COUNT_OF(paths));
	for (size_t i = 0; i < n_public_routes; i++) {
		paths[i] = public_routes[i].path;
		methods[i] = (int)public_routes[i].method;
		(void)limit_find(public_routes[i].limit);      /* a limit the contract names and the table lacks */
	}
	gateway.router = router_open(paths, methods, n_public_routes);
}

static const struct err *
ask_auth(struct req *rq, const char *method, struct text path, struct caller_answer *out)
{
	struct upstream_answer answer;

	TRY(forward_internal(rq, method, path, TEXT(""), &answer));
	*out = (struct caller_answer){ answer.status, answer.body };
	return NULL;
}

const struct err *
gateway_open(struct req *rq, struct app *app)
{
	struct keyring pair;

	gateway.config = settings;
	app->state = &gateway;
	if (!address_list_good(text_of(settings->trusted_proxies)))
		return FAIL(rq, INVALID, "config.trusted_proxies", "DURE_TRUSTED_PROXIES is not address[/bits], …");
	TRY(identity_master_read(rq, settings->identity_master));
	if (!keyring_parse(settings->auth_pair_key, &pair) || pair.n != 1)
		return FAIL(rq, INVALID, "config.auth_pair_key", "DURE_AUTH_PAIR_KEY is not gateway:base64");
	gateway.pair_key = pair.at[0].key;
	TRY(limits_change(rq, settings->limits));
	TRY(open_doors(rq));
	gateway.callers = callers_open(&(struct callers_config){ .issuer = settings->jwt_issuer,
		.audience = settings->jwt_audience, .refresh_s = settings->jwks_refresh_s, .ask = ask_auth,
		.app = app });
	open_router();
	if (settings->access_log)
		gateway.access_log = access_log_open(app);
	metric_probe(probe, NULL);
	return NULL;
}

/* Who has not signed in has no more to say: what he sends is memory here and work behind, and nobody knows who he is. */
enum { STRANGERS_BODY_BYTES = 65536 };
static size_t body_max_bytes;

/* On a route for people who have signed in, what is longer is read of those only who may have; what is too long for anybody
 * is refused unread. */
static size_t
body_max(const struct http_request *in, struct arena *mem)
{
	bool is_strange = in->body_len > STRANGERS_BODY_BYTES && in->body_len <= body_max_bytes;
	struct router_match m;

	router_find(gateway.router, mem, in->known_method ? (int)in->method : -1, in->path, &m);
	if (m.row >= 0 && (public_routes[m.row].who & WHO_ANYONE) == 0)
		return is_strange && !gate_awaits(&gateway, in, mem) ? 0 : body_max_bytes;
	return body_max_bytes < STRANGERS_BODY_BYTES ? body_max_bytes : STRANGERS_BODY_BYTES;
}

/* Nobody alone may hold so many threads that others find none. */
void
gateway_door(struct http_server_config *config)
{
	int half = config->threads / 2;

	config->per_address = settings->connections_per_address < half ? (int)settings->connections_per_address : half;
	config->exempt = settings->trusted_proxies;
	config->tells = limit_refusal_told;
	body_max_bytes = config->body_max_bytes;
	config->body_max = body_max;
}

void
gateway_seen(struct req *rq, const struct http_request *in, int status, int64_t took_us)
{
	access_log_put(gateway_of(rq)->access_log, rq, in, status, took_us);
}

const struct err *
gateway_ready(struct req *rq)
{
	return callers_ready(rq, gateway_of(rq)->callers);
}

void
gateway_close(struct app *app)
{
	(void)app;
	access_log_close(&gateway.access_log);
	for (size_t i = 0; i < gateway.n_doors; i++)
		upstream_close(&gateway.doors[i].upstream);
	upstream_close(&gateway.socketio);
	callers_close(&gateway.callers);
	router_close(&gateway.router);
}
