/* A toy service through svc_main(): its commands, its start, its end. Each runs in a child process. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/svc/svc.h"
#include "common/token/identity.h"
#include "tests/kit/kit.h"
#include "tests/unit/svc/child.h"

struct toy_config { const char *toss_base_url, *toss_secret; };
static struct toy_config values;
static const struct config_key keys[] = {
	{ "toss_base_url", CONFIG_KIND_TEXT, "http://127.0.0.1:9000", 0, 0, 0, 0, "where Toss is",
	    offsetof(struct toy_config, toss_base_url) },
	{ "toss_secret", CONFIG_KIND_TEXT, NULL, 0, 0, 0, CONFIG_SECRET, "key of Toss", offsetof(struct toy_config, toss_secret) },
};

static const struct err *
slow(struct req *rq, const void *in, void *out)
{
	(void)in;
	(void)out;
	(void)usleep(300000);
	http_body(rq, "text/plain", TEXT("slow"));
	return NULL;
}

static const struct err *
whoami(struct req *rq, const void *in, void *out)
{
	(void)in;
	(void)out;
	http_body(rq, "text/plain", text_of(arena_printf(rq->mem, "who %d perms %llu ip %.*s", (int)rq->who,
	    (unsigned long long)rq->permissions, TEXT_ARG(rq->client_ip))));
	return NULL;
}

static const struct err *
greet(struct req *rq, int argc, char **argv)
{
	if (argc != 2)
		return FAIL(rq, INVALID, "greet.usage", "usage: greet NAME");
	printf("hello %s\n", argv[1]);
	return NULL;
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/api/slow", slow, WHO_ANYONE, 0, TX_NONE, IDEM_NONE, 200, NULL, NULL, "slow" },
	{ HTTP_GET, "/api/whoami", whoami, WHO_STAFF, 0, TX_NONE, IDEM_NONE, 200, NULL, NULL, "whoami" },
	{ HTTP_GET, "/internal/whoami", whoami, WHO_SERVICE, 0, TX_NONE, IDEM_NONE, 200, NULL, NULL, "whoami_internal" },
};
static const struct svc_command commands[] = { { "greet", "NAME", "says hello", greet } };
const struct svc toy = { .name = "toy", .routes = routes, .n_routes = COUNT_OF(routes), .config = keys,
	.n_config = COUNT_OF(keys), .config_values = &values, .commands = commands, .n_commands = 1 };

/* 32 bytes each. */
#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_B "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static void
setup(void)
{
	(void)setenv("DURE_LISTEN", "127.0.0.1:0", 1);
	(void)setenv("DURE_IDENTITY_KEYS", "k1:" KEY_A, 1);
	(void)setenv("DURE_PAIR_KEYS", "billing:" KEY_B, 1);
}

TestSuite(svc, .init = setup, .timeout = 60);

Test(svc, version_and_help_need_no_configuration)
{
	static struct child c;

	(void)unsetenv("DURE_LISTEN");
	start(&c, "--version", NULL);
	cr_assert_eq(ends(&c), 0);
	cr_assert_eq(strncmp(c.text, "dure-toy ", 9), 0);
	start(&c, "--help", NULL);
	cr_assert_eq(ends(&c), 0);
	cr_assert_not_null(strstr(c.text, "DURE_LISTEN"));
	cr_assert_not_null(strstr(c.text, "DURE_TOSS_SECRET"));
	cr_assert_not_null(strstr(c.text, "greet NAME"));
	cr_assert_not_null(strstr(c.text, "check-config"));
}

Test(svc, every_problem_of_the_configuration_is_listed_at_once)
{
	static struct child c;

	(void)unsetenv("DURE_LISTEN");
	(void)setenv("DURE_IDENTITY_KEYS", "k1:short", 1);
	(void)setenv("DURE_HTTP_THREADS", "many", 1);
	(void)setenv("DURE_LISTNE", "typo", 1);
	(void)setenv("DURE_LOG_LEVEL", "loud", 1);
	for (int i = 0; i < 2; i++) {
		start(&c, i == 0 ? "check-config" : "serve", NULL);
		cr_assert_eq(ends(&c), 2);
		cr_expect_not_null(strstr(c.text, "DURE_LISTEN"), "%s", c.text);
		cr_expect_not_null(strstr(c.text, "DURE_IDENTITY_KEYS"));
		cr_expect_not_null(strstr(c.text, "DURE_HTTP_THREADS"));
		cr_expect_not_null(strstr(c.text, "DURE_LISTNE"));
		cr_expect_not_null(strstr(c.text, "DURE_LOG_LEVEL"));
		cr_expect_null(strstr(c.text, "short"));
	}
}

Test(svc, a_collector_is_told_well_and_may_stand_beside_the_service_in_prod)
{
	static struct child c;

	(void)setenv("DURE_OTLP_ENDPOINT", "127.0.0.1:4318", 1);
	(void)setenv("DURE_OTLP_HEADERS", "Bearer hidden-word", 1);
	start(&c, "check-config", NULL);
	cr_assert_eq(ends(&c), 2);
	cr_expect_not_null(strstr(c.text, "DURE_OTLP_ENDPOINT is not"), "%s", c.text);
	cr_expect_not_null(strstr(c.text, "DURE_OTLP_HEADERS is not"), "%s", c.text);
	cr_expect_null(strstr(c.text, "hidden-word"));
	(void)setenv("DURE_OTLP_ENDPOINT", "http://127.0.0.1:4318", 1);
	(void)setenv("DURE_OTLP_HEADERS", "Authorization=Bearer hidden-word", 1);
	(void)setenv("DURE_STAGE", "prod", 1);
	(void)setenv("DURE_TOSS_BASE_URL", "http://10.0.0.7:8190", 1);
	(void)setenv("DURE_TOSS_SECRET", "0216700310", 1);
	(void)setenv("DURE_REDIS_URL", "redis://:demo@redis:6379/0", 1);
	start(&c, "serve", NULL);
	cr_assert_eq(ends(&c), 2);
	cr_expect_not_null(strstr(c.text, "toss_base_url is not https://"), "%s", c.text);
	cr_expect_not_null(strstr(c.text, "toss_secret is a demo or sandbox value"), "%s", c.text);
	cr_expect_not_null(strstr(c.text, "redis_url is a demo or sandbox value"), "%s", c.text);
	(void)unsetenv("DURE_REDIS_URL");
	(void)setenv("DURE_TOSS_BASE_URL", "https://api.example.com", 1);
	(void)setenv("DURE_TOSS_SECRET", "live_1", 1);
	start(&c, "check-config", NULL);
	cr_assert_eq(ends(&c), 0, "%s", c.text);
}

static void
set_toss(const char *base_url, const char *secret)
{
	(void)setenv("DURE_TOSS_BASE_URL", base_url, 1);
	(void)setenv("DURE_TOSS_SECRET", secret, 1);
}

/* Both commands list this at once, and never a value. */
static void
is_refused(const char *what, const char *also)
{
	static struct child c;

	for (int i = 0; i < 2; i++) {
		start(&c, i == 0 ? "check-config" : "serve", NULL);
		cr_assert_eq(ends(&c), 2);
		cr_expect(strstr(c.text, what) != NULL && strstr(c.text, also) != NULL, "%s", c.text);
		cr_expect_null(strstr(c.text, "test_demo_1"));
	}
}

Test(svc, prod_refuses_what_is_for_trying_out)
{
	static struct child c;

	(void)setenv("DURE_STAGE", "prod", 1);
	(void)unsetenv("DURE_PAIR_KEYS");
	is_refused("toss_base_url points to this machine", "the secret pair_keys is missing");
	(void)setenv("DURE_PAIR_KEYS", "billing:" KEY_B, 1);
	is_refused("toss_base_url points to this machine", "toss_secret is missing");
	set_toss("https://sandbox.example.com", "test_demo_1");
	is_refused("toss_base_url is a demo or sandbox value", "toss_secret is a demo or sandbox value");
	set_toss("http://10.0.0.7:8190", "0216700310");
	is_refused("toss_base_url is not https://", "toss_secret is a demo or sandbox value");
	set_toss("https://api.example.com", "live_1");
	start(&c, "check-config", NULL);
	cr_assert_eq(ends(&c), 0, "%s", c.text);
}

Test(svc, a_service_has_commands_of_its_own)
{
	static struct child c;

	start(&c, "greet", "Ada");
	cr_assert_eq(ends(&c), 0);
	cr_assert_not_null(strstr(c.text, "hello Ada\n"), "%s", c.text);
	start(&c, "greet", NULL);
	cr_assert_eq(ends(&c), 1);
	start(&c, "dance", NULL);
	cr_assert_eq(ends(&c), 2);
}

static struct kit_reply
get(int port, const char *target, const char *header)
{
	return kit_http(NULL, "GET", kit_print("http://127.0.0.1:%d%s", port, target), NULL, header);
}

/* The header line that says id calls this, signed with the first key of spec. */
static const char *
signed_line(const char *spec, const char *target, struct identity id)
{
	struct arena *mem = arena_open(1 << 20);
	struct keyring ring;

	cr_assert(keyring_parse(spec, &ring));
	id.issued_us = clock_now_us();
	struct text value = identity_sign(mem, ring.at[0].kid, &ring.at[0].key, "toy", TEXT("GET"), text_of(target), &id);
	const char *line = kit_print("Dure-Identity: %.*s", TEXT_ARG(value));
	arena_close(&mem);
	return line;
}

Test(svc, it_serves_and_ends_in_order_when_told)
{
	static struct child c;

	start(&c, NULL, NULL);
	int port = port_of(&c, "port"), manage = port_of(&c, "managePort");
	cr_assert_eq(get(port, "/readyz", "A: b").status, 200);
	cr_assert_not_null(strstr(get(manage, "/metrics", "A: b").body, "\ndure_ready 1\n"));
	cr_assert_eq(get(port, "/api/slow", "A: b").status, 401);
	struct kit_raw *raw = kit_raw_open(port);
	kit_raw_text(raw, kit_print("GET /api/slow HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n",
	    signed_line("k1:" KEY_A, "/api/slow", (struct identity){ .who = WHO_ANYONE })));
	(void)usleep(100000);
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	const char *said = kit_raw_read(raw, NULL, 5000);
	cr_assert_eq(strncmp(said, "HTTP/1.1 200 ", 13), 0, "%s", said);
	cr_assert_not_null(strstr(said, "Connection: close\r\n"));
	cr_assert_not_null(strstr(said, "\r\n\r\nslow"));
	cr_assert_eq(ends(&c), 0, "%s", c.text);
	cr_assert_not_null(strstr(c.text, "svc.stopped"));
	kit_raw_close(&raw);
}

/* A door that takes connections and says what the test wants. */
static int
open_door(int *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&at, size), 0);
	cr_assert_eq(listen(fd, 8), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

/* What the probe command says of the service on this port, and that it ends with this code. */
static const char *
probe_says(int port, int code)
{
	static struct child c;

	(void)setenv("DURE_LISTEN", kit_print("0.0.0.0:%d", port), 1);
	start(&c, "probe", NULL);
	cr_assert_eq(ends(&c), code, "%s", c.text);
	return c.text;
}

Test(svc, the_probe_asks_the_door_of_its_own_configuration)
{
	static struct child c;

	start(&c, NULL, NULL);
	int port = port_of(&c, "port");
	(void)unsetenv("DURE_IDENTITY_KEYS");          /* it needs no secret */
	cr_assert_str_eq(probe_says(port, 0), "toy: ready\n");
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	cr_assert_eq(ends(&c), 0);
	cr_assert_not_null(strstr(probe_says(port, 1), "toy: not ready: nobody listens on"));
	(void)setenv("DURE_LISTEN", "nowhere", 1);
	start(&c, "probe", NULL);
	cr_assert_eq(ends(&c), 1);
}

Test(svc, the_probe_says_why_a_service_is_not_ready)
{
	static const char busy[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\r\n{\"code\":\"db.away\"}";
	static struct child c;
	char asked[256];
	int port, door = open_door(&port);

	(void)setenv("DURE_LISTEN", kit_print("127.0.0.1:%d", port), 1);
	start(&c, "probe", NULL);
	int fd = accept(door, NULL, NULL);
	cr_assert_gt(recv(fd, asked, sizeof asked, 0), 0);
	cr_assert_eq(strncmp(asked, "GET /readyz HTTP/1.1\r\n", 22), 0);
	cr_assert_eq(send(fd, busy, sizeof busy - 1, 0), sizeof busy - 1);
	(void)close(fd);
	cr_assert_eq(ends(&c), 1);
	cr_assert_str_eq(c.text, "toy: not ready: 503 {\"code\":\"db.away\"}\n");
	int64_t began_us = clock_mono_us();
	cr_assert_str_eq(probe_says(port, 1), "toy: not ready: no answer within 3000 ms\n");
	cr_assert_lt(clock_mono_us() - began_us, 4500000);
	(void)close(door);
}

/* Who keeps a connection, and who has not heard of the end yet, is served; the one is told to close, the other finds the
 * service not ready. A second signal cuts the minute short. */
Test(svc, an_end_is_announced_before_it_comes)
{
	static struct child c;
	static const char *probe = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";

	(void)setenv("DURE_SHUTDOWN_DELAY_MS", "60000", 1);
	start(&c, NULL, NULL);
	int port = port_of(&c, "port");
	struct kit_raw *kept = kit_raw_open(port);
	kit_raw_text(kept, probe);
	cr_assert_eq(strncmp(kit_raw_read(kept, "ready\"}", 5000), "HTTP/1.1 200 ", 13), 0);
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	kit_until(5000, get(port, "/readyz", "A: b").status == 503);
	cr_assert_eq(get(port, "/livez", "A: b").status, 200);
	kit_raw_text(kept, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
	const char *said = kit_raw_read(kept, NULL, 5000);
	cr_assert_eq(strncmp(said, "HTTP/1.1 200 ", 13), 0, "%s", said);
	cr_assert_not_null(strstr(said, "Connection: close\r\n"));
	cr_assert_eq(kill(c.pid, SIGTERM), 0);
	cr_assert_eq(ends(&c), 0, "%s", c.text);
	kit_raw_close(&kept);
}

static int
ask_as(int port, const char *spec, const char *target, struct identity id)
{
	return get(port, target, signed_line(spec, target, id)).status;
}

Test(svc, the_gateway_speaks_for_people_and_services_for_themselves)
{
	static struct child c;
	struct identity staff = { .who = WHO_STAFF, .permissions = 5, .client_ip = TEXT("203.0.113.9") };
	struct identity service = { .who = WHO_SERVICE };

	start(&c, "serve", NULL);
	int port = port_of(&c, "port");
	struct kit_reply r = get(port, "/api/whoami?", signed_line("k1:" KEY_A, "/api/whoami?", staff));
	cr_expect_str_eq(r.body, "who 2 perms 5 ip 203.0.113.9");
	cr_expect_eq(ask_as(port, "k1:" KEY_A, "/api/whoami", staff), 200);
	cr_expect_eq(ask_as(port, "billing:" KEY_B, "/internal/whoami", service), 200);
	cr_expect_eq(ask_as(port, "billing:" KEY_B, "/internal/whoami", staff), 401);
	cr_expect_eq(ask_as(port, "k1:" KEY_A, "/internal/whoami", service), 401);
	cr_expect_eq(ask_as(port, "k1:" KEY_A, "/api/whoami", service), 401);
	cr_expect_eq(ask_as(port, "billing:" KEY_B, "/api/whoami", staff), 401);
	cr_expect_eq(get(port, "/api/whoami?x", signed_line("k1:" KEY_A, "/api/whoami", staff)).status, 401);
	cr_assert_eq(kill(c.pid, SIGINT), 0);
	cr_assert_eq(ends(&c), 0);
}
