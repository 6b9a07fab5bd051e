/* One request through the gateway: its route, the identity it goes on under, what comes back. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/text.h"
#include "common/session/session.h"
#include "common/token/identity.h"
#include "services/gateway/identity_key.h"
#include "services/gateway/upstream/upstream.h"
#include "tests/kit/peer.h"
#include "tests/unit/gateway/world.h"

#define MASTER "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="

static struct peer *peer;
static const char *const answered = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nServer: x\r\n"
	"X-Request-Id: theirs\r\nKeep-Alive: timeout=5\r\nLocation: /api/things/1\r\nContent-Length: 2\r\n\r\n{}";

static bool
answer(struct peer *p, int fd, int number, const char *request)
{
	(void)p;
	(void)number;
	(void)request;
	peer_say(fd, answered);
	return true;
}

static void
open_router(void)
{
	static const char *paths[512];
	static int methods[512];

	for (size_t i = 0; i < n_public_routes; i++) {
		paths[i] = public_routes[i].path;
		methods[i] = (int)public_routes[i].method;
	}
	gateway.router = router_open(paths, methods, n_public_routes);
}

/* The services are one peer; Redis is not there. */
static void
open_all(void)
{
	static const char *const names[] = { "auth", "billing", "commerce" };

	world_open();
	peer = peer_open(answer);
	cr_assert_null(identity_master_read(&rq, MASTER));
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct service_door *door = &gateway.doors[gateway.n_doors++];

		door->name = names[i];
		identity_key_derive(names[i], &door->identity_key);
		cr_assert_null(upstream_open(&rq, &door->upstream, names[i], peer_address(peer), 2, 1000));
	}
	gateway.auth = &gateway.doors[0];
	open_router();
	cr_assert_null(redis_pool_open(&rq, &app.redis, "unix:///tmp/no_such_redis.sock", 100));
}

static void
close_all(void)
{
	for (size_t i = 0; i < gateway.n_doors; i++)
		upstream_close(&gateway.doors[i].upstream);
	router_close(&gateway.router);
	redis_pool_close(&app.redis);
	peer_close(&peer);
	world_close();
}

TestSuite(take, .init = open_all, .fini = close_all, .timeout = 30);

static struct http_reply
take(struct http_request *in)
{
	struct http_reply out = { 0 };

	gateway_take(&rq, in, &out);
	return out;
}

static bool
has_line(const struct http_reply *out, const char *line)
{
	return strstr(str(out->head), line) != NULL;
}

#define WEBHOOK "/api/payments/webhooks/toss"

Test(take, a_public_call_goes_on_as_a_signed_nobody)
{
	struct http_request *in = world_request("POST", WEBHOOK "?a=1", "Content-Type: application/json",
	    "Dure-Identity: v1.k1.forged.forged",
	    "X-Forwarded-For: 1.1.1.1", "Cookie: x=1", "Transfer-Encoding: chunked", "Idempotency-Key: \"k\"", NULL);
	struct keyring ring = { .n = 1, .at = { { .kid = IDENTITY_KID } } };
	const char *seen, *at;
	struct identity id;
	struct http_reply out;

	in->body = TEXT("{\"b\":2}");
	out = take(in);
	cr_assert_eq(out.status, 201);
	seen = peer_last(peer);
	cr_assert(strncmp(seen, "POST " WEBHOOK "?a=1 HTTP/1.1\r\n", strlen("POST " WEBHOOK "?a=1 HTTP/1.1\r\n")) == 0, "%s", seen);
	at = strstr(seen, IDENTITY_HEADER ": ");
	cr_assert_not_null(at);
	cr_assert_null(strstr(at + 1, IDENTITY_HEADER), "one, and it is ours");
	cr_assert_null(strstr(seen, "forged"));
	identity_key_derive("billing", &ring.at[0].key);
	at += strlen(IDENTITY_HEADER ": ");
	cr_assert_null(identity_verify(&rq, &ring, "billing", TEXT("POST"), TEXT(WEBHOOK "?a=1"),
	    (struct text){ at, strcspn(at, "\r") }, &id));
	cr_assert(id.who == WHO_ANYONE && text_is(id.client_ip, "127.0.0.1"));
	cr_assert(strstr(seen, "Idempotency-Key: \"k\"\r\n") != NULL && strstr(seen, "Content-Length: 7\r\n\r\n{\"b\":2}") != NULL);
	cr_assert(strstr(seen, "Cookie") == NULL && strstr(seen, "Transfer-Encoding") == NULL && strstr(seen, "Forwarded") == NULL);
}

Test(take, an_identity_for_one_service_is_worthless_at_another)
{
	struct key256 billing, commerce;

	identity_key_derive("billing", &billing);
	identity_key_derive("commerce", &commerce);
	cr_assert_neq(memcmp(&billing, &commerce, sizeof(billing)), 0);
}

Test(take, the_answer_comes_back_without_what_is_the_connections_business)
{
	struct http_reply out = take(world_request("POST", WEBHOOK, NULL));

	cr_assert_str_eq(str(out.body), "{}");
	cr_assert(has_line(&out, "Content-Type: application/json\r\n") && has_line(&out, "Location: /api/things/1\r\n"));
	cr_assert(has_line(&out, "Vary: Origin\r\n") && has_line(&out, "RateLimit-Policy: \"webhook\";q=1200;w=60\r\n"));
	cr_assert_not(has_line(&out, "Server:"));
	cr_assert_not(has_line(&out, "Keep-Alive"));
	cr_assert_not(has_line(&out, "theirs"));
	cr_assert_not(has_line(&out, "Content-Length"), "the server counts");
}

static const struct { const char *method, *path; int status; } refused[] = {
	{ "GET", "/", 404 }, { "GET", "/internal/jwks.json", 404 }, { "POST", "/internal/sessions/x/restore", 404 },
	{ "GET", "/api//orders", 404 }, { "GET", "/api/../internal/jwks.json", 404 }, { "GET", "/api/orders/%2e%2e/x", 404 },
	{ "DELETE", "/api/login", 405 }, { "PUT", "/api/orders", 405 }, { "TRACE", "/api/orders", 405 },
	{ "HEAD", "/api/orders", 405 },
	{ "GET", "/socket.io/", 404 },
};

Test(take, what_the_contract_does_not_name_goes_nowhere)
{
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		struct http_reply out = take(world_request(refused[i].method, refused[i].path, NULL));

		cr_assert_eq(out.status, refused[i].status, "%s %s: %d", refused[i].method, refused[i].path, out.status);
		cr_assert(has_line(&out, "Content-Type: application/problem+json"));
		cr_assert_eq(has_line(&out, "Allow: "), refused[i].status == 405);
	}
	cr_assert_eq(peer_requests(peer), 0);
}

Test(take, without_redis_signing_in_and_signing_up_is_refused_and_webhooks_go_on)
{
	static const char *const closed[] = { "/api/login", "/api/sessions/refresh", "/api/create/token", "/api/join/check",
	    "/api/join/do" };

	for (size_t i = 0; i < COUNT_OF(closed); i++) {
		struct http_reply out = take(world_request("POST", closed[i], NULL));

		cr_assert_eq(out.status, 503, "%s", closed[i]);
		cr_assert(has_line(&out, "Retry-After: "), "%s", closed[i]);
	}
	cr_assert_eq(peer_requests(peer), 0);
	cr_assert_eq(take(world_request("POST", WEBHOOK, NULL)).status, 201);
	cr_assert_eq(take(world_request("GET", "/docs", NULL)).status, 200);
}

Test(take, a_signed_in_call_without_a_token_is_a_401)
{
	struct http_reply out = take(world_request("GET", "/api/orders", NULL));

	cr_assert_eq(out.status, 401);
	cr_assert(has_line(&out, "WWW-Authenticate: Bearer\r\n"));
	cr_assert_eq(take(world_request("GET", "/api/orders", "Authorization: Basic eDp4", NULL)).status, 401);
	cr_assert_eq(take(world_request("GET", "/api/orders", "Authorization: Bearer ", NULL)).status, 401);
	cr_assert_eq(peer_requests(peer), 0);
}

Test(take, a_service_that_is_not_installed_is_a_503)
{
	gateway.n_doors = 1;
	cr_assert_eq(take(world_request("POST", WEBHOOK, NULL)).status, 503);
	gateway.n_doors = 3;
}

Test(take, a_request_line_and_headers_as_large_as_they_may_be_go_through)
{
	char *query = arena_zero(rq.mem, 8000, 1), *agent = arena_zero(rq.mem, 8000, 1);
	struct http_request *in;

	(void)strcpy(query, WEBHOOK "?q=");
	memset(query + strlen(query), 'a', 7900 - strlen(query));
	memcpy(agent, "User-Agent: ", 12);
	memset(agent + 12, 'b', 7900);
	in = world_request("POST", query, agent, NULL);
	cr_assert_eq(take(in).status, 201);
	cr_assert(strstr(peer_last(peer), agent) != NULL && strstr(peer_last(peer), query) != NULL);
}

/* ---- a call whose service a parameter names */

/* For whom was the last request signed? */
static bool
was_for(const char *service, const char *path_query)
{
	const char *at = strstr(peer_last(peer), IDENTITY_HEADER ": ");
	struct keyring ring = { .n = 1, .at = { { .kid = IDENTITY_KID } } };
	struct identity id;

	cr_assert_not_null(at);
	at += strlen(IDENTITY_HEADER ": ");
	identity_key_derive(service, &ring.at[0].key);
	return identity_verify(&rq, &ring, service, TEXT("GET"), text_of(path_query), (struct text){ at, strcspn(at, "\r") },
	    &id) == NULL && id.who == WHO_ANYONE;
}

static const struct { const char *path, *service; } feeds[] = {
	{ "/api/events", "billing" }, { "/api/events?after=a.b", "billing" }, { "/api/events?publisher=billing", "billing" },
	{ "/api/events?publisher=commerce&types=order.placed", "commerce" }, { "/api/events?types=x&publisher=auth", "auth" },
	{ "/api/events?publisher=%63ommerce", "commerce" }, { "/api/events?publisher=auth&publisher=commerce", "billing" },
};

Test(take, the_feed_goes_to_the_publisher_that_is_named)
{
	for (size_t i = 0; i < COUNT_OF(feeds); i++) {
		cr_assert_eq(take(world_request("GET", feeds[i].path, "Authorization: Dure-Event-Key x", NULL)).status, 201);
		cr_assert(was_for(feeds[i].service, feeds[i].path), "%s", feeds[i].path);
		cr_assert_not_null(strstr(peer_last(peer), "\r\nAuthorization: Dure-Event-Key x\r\n"));
	}
}

Test(take, a_publisher_that_is_none_is_a_400_and_goes_nowhere)
{
	static const char *const paths[] = { "/api/events?publisher=messaging", "/api/events?publisher=",
		"/api/events?publisher=socketio", "/api/events?publisher=Billing", "/api/events?publisher=127.0.0.1:1" };

	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		struct http_reply out = take(world_request("GET", paths[i], NULL));

		cr_assert_eq(out.status, 400, "%s: %d", paths[i], out.status);
		cr_assert_not_null(strstr(str(out.body), "\"/query/publisher\""));
	}
	cr_assert_eq(take(world_request("GET", "/api/events?publisher=notification", NULL)).status, 503, "not installed here");
	cr_assert_eq(peer_requests(peer), 0);
}

Test(take, authorization_goes_to_no_other_service)
{
	(void)take(world_request("POST", WEBHOOK, "Authorization: Bearer x", NULL));
	cr_assert_eq(peer_requests(peer), 1);
	cr_assert_null(strcasestr(peer_last(peer), "Authorization"));
}

Test(take, only_so_many_wait_for_events)
{
	gateway.long_polls = (int)config.long_polls;
	cr_assert_eq(take(world_request("GET", "/api/events", NULL)).status, 503);
	gateway.long_polls--;
	cr_assert_eq(take(world_request("GET", "/api/events", NULL)).status, 201);
	cr_assert_eq(gateway.long_polls, config.long_polls - 1);
	cr_assert_eq(peer_requests(peer), 1);
}

static bool
hang_up(struct peer *p, int fd, int number, const char *request)
{
	(void)p;
	(void)fd;
	(void)request;
	if (number == 1)
		peer_say(fd, answered);
	return number == 1;
}

/* The answer that was lost moved no cursor, but the next one must be the caller's own question. */
Test(take, a_lost_feed_answer_is_not_asked_for_again)
{
	struct peer *flaky = peer_open(hang_up);

	upstream_close(&gateway.doors[1].upstream);
	cr_assert_null(upstream_open(&rq, &gateway.doors[1].upstream, "billing", peer_address(flaky), 2, 1000));
	cr_assert_eq(take(world_request("GET", "/api/events", NULL)).status, 201);
	cr_assert_eq(take(world_request("GET", "/api/events", NULL)).status, 502);
	cr_assert_eq(peer_requests(flaky), 2);
	upstream_close(&gateway.doors[1].upstream);
	peer_close(&flaky);
}
