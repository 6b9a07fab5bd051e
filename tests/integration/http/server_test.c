/* The bracket and the connection as a client sees them. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "common/core/clock.h"
#include "tests/integration/http/world.h"

static struct world w;
static struct heard h;

static void
setup(void)
{
	world_open(&w, NULL, 8);
}

static void
teardown(void)
{
	if (w.server != NULL)
		world_close(&w);
}

TestSuite(server, .init = setup, .fini = teardown, .timeout = 60);

#define UUID "0190a000-0000-7000-8000-000000000001"

static void
code_is(int status, const char *slug)
{
	char code[128];

	(void)snprintf(code, sizeof code, "\"code\":\"%s\"", slug);
	cr_expect_eq(h.status, status, "%d %s", h.status, h.body);
	cr_expect_not_null(strstr(h.body, code), "%s", h.body);
	cr_expect_str_eq(header_in(&h, "Content-Type"), "application/problem+json");
}

Test(server, a_good_answer_is_complete)
{
	ask(&w, "GET", "/api/things/" UUID, "X-Request-Id: abc-1\r\n", NULL, &h);
	cr_assert_eq(h.status, 200);
	cr_assert_str_eq(h.body, "{\"thingId\":\"" UUID "\"}");
	cr_assert_str_eq(header_in(&h, "Content-Type"), "application/json");
	cr_assert_str_eq(header_in(&h, "ETag"), "\"v3\"");
	cr_assert_str_eq(header_in(&h, "X-Request-Id"), "abc-1");
	cr_assert_str_eq(header_in(&h, "Cache-Control"), "no-store");
	cr_assert_str_eq(header_in(&h, "X-Content-Type-Options"), "nosniff");
	cr_assert_eq(strlen(header_in(&h, "Date")), 29);
	cr_assert_eq(strlen(header_in(&h, "traceparent")), 55);
}

Test(server, unknown_paths_are_404_and_unknown_methods_405)
{
	ask(&w, "GET", "/api/nothing", NULL, NULL, &h);
	code_is(404, "http.no_such_path");
	ask(&w, "PUT", "/api/things/" UUID, NULL, NULL, &h);
	code_is(405, "http.method");
	cr_assert_str_eq(header_in(&h, "Allow"), "GET, DELETE");
	ask(&w, "OPTIONS", "/api/ping", "Origin: http://evil\r\nAccess-Control-Request-Method: GET\r\n", NULL, &h);
	code_is(405, "http.method");
	cr_assert_null(strstr(h.head, "Access-Control"));
}

Test(server, head_is_get_without_the_body)
{
	static const char bytes[] = "HEAD /api/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	static char all[4096];
	int fd = dial(w.port);
	ssize_t n;

	say(fd, bytes, sizeof bytes - 1);
	for (size_t len = 0; (n = recv(fd, all + len, sizeof all - 1 - len, 0)) > 0; )
		len += (size_t)n;
	cr_assert_eq(strncmp(all, "HTTP/1.1 200 ", 13), 0);
	cr_assert_not_null(strstr(all, "Content-Length: 50\r\n"), "%s", all);
	cr_assert_str_eq(strstr(all, "\r\n\r\n"), "\r\n\r\n");
	hang_up(fd);
}

Test(server, if_none_match_gives_304_without_a_body)
{
	ask(&w, "GET", "/api/things/" UUID, "If-None-Match: W/\"v3\"\r\n", NULL, &h);
	cr_assert_eq(h.status, 304);
	cr_assert_str_eq(header_in(&h, "ETag"), "\"v3\"");
	cr_assert_eq(h.body_len, 0);
}

Test(server, every_wrong_field_is_told_at_once)
{
	ask(&w, "POST", "/api/echo?dry=perhaps&colour=red", NULL, "{\"count\":9,\"weight\":1}", &h);
	code_is(400, "request.invalid");
	cr_expect_not_null(strstr(h.body, "/query/dry"), "%s", h.body);
	cr_expect_not_null(strstr(h.body, "/query/colour"), "%s", h.body);
	cr_expect_not_null(strstr(h.body, "name"), "%s", h.body);
	cr_expect_not_null(strstr(h.body, "\"too_large\""), "%s", h.body);
	cr_expect_not_null(strstr(h.body, "weight"), "%s", h.body);
}

Test(server, good_fields_reach_the_step)
{
	ask(&w, "POST", "/api/echo?dry=true", NULL, "{\"name\":\"a\xed\x95\x9c\",\"count\":2}", &h);
	cr_assert_eq(h.status, 201);
	cr_assert_not_null(strstr(h.body, "\"name\":\"a\xed\x95\x9c\",\"count\":2"), "%s", h.body);
}

Test(server, a_query_that_is_none_is_refused)
{
	ask(&w, "POST", "/api/echo?dry=true&dry=false", NULL, "{\"name\":\"a\"}", &h);
	code_is(400, "request.query");
	ask(&w, "POST", "/api/echo?dry=%zz", NULL, "{\"name\":\"a\"}", &h);
	code_is(400, "request.query");
}

Test(server, a_query_nobody_reads_is_refused_even_where_there_is_nothing_to_read)
{
	ask(&w, "GET", "/api/ping?dry=true", NULL, NULL, &h);
	code_is(400, "request.invalid");
	cr_assert_not_null(strstr(h.body, "\"/query/dry\""), "%s", h.body);
	ask(&w, "GET", "/api/ping?", NULL, NULL, &h);
	cr_assert_eq(h.status, 200);
}

Test(server, a_body_must_be_json_and_of_its_length)
{
	ask(&w, "POST", "/api/echo", NULL, "{\"name\":", &h);
	code_is(400, "request.json");
	ask(&w, "POST", "/api/echo", "Content-Type: text/plain\r\n", "{}", &h);
	code_is(415, "http.content_type");
	ask(&w, "POST", "/api/echo", NULL, NULL, &h);
	code_is(400, "request.invalid");
}

Test(server, a_body_over_the_limit_is_413_and_closes_unread)
{
	static const char bytes[] = "POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	    "Content-Length: 9999999999\r\n\r\nabc";
	int fd = dial(w.port);

	say(fd, bytes, sizeof bytes - 1);
	hear(fd, &h);
	code_is(413, "http.body_too_large");
	cr_assert(h.closes);
	cr_assert(closed_by_server(fd));
	hang_up(fd);
}

Test(server, a_body_is_invited_when_the_client_waits_for_it)
{
	static const char head[] = "POST /api/raw HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
	int fd = dial(w.port);

	say(fd, head, sizeof head - 1);
	hear(fd, &h);
	cr_assert_eq(h.status, 100);
	say(fd, "abc", 3);
	hear(fd, &h);
	cr_assert_eq(h.status, 200);
	cr_assert_str_eq(h.body, "abc");
	hang_up(fd);
}

Test(server, a_body_in_pieces_is_put_together)
{
	static const char head[] = "POST /api/raw HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nab";
	int fd = dial(w.port);

	say(fd, head, sizeof head - 1);
	(void)nanosleep(&(struct timespec){ 0, 30000000 }, NULL);
	say(fd, "cdef", 4);
	hear(fd, &h);
	cr_assert_str_eq(h.body, "abcdef");
	hang_up(fd);
}

Test(server, a_body_that_trickles_in_is_given_up)
{
	static const char head[] = "POST /api/raw HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n";
	int fd = dial(w.port);
	int64_t began_us = clock_mono_us();
	char c;

	say(fd, head, sizeof head - 1);
	while (recv(fd, &c, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN) {
		cr_assert_lt(clock_mono_us() - began_us, 15000000);
		say(fd, "x", 1);
		(void)nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
	}
	hang_up(fd);
}

Test(server, a_connection_is_kept_and_pipelined_requests_are_answered_in_order)
{
	static const char two[] =
	    "POST /api/raw HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\noneGET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n";
	int fd = dial(w.port);

	for (int i = 0; i < 20; i++) {
		say(fd, two, sizeof two - 1);
		hear(fd, &h);
		cr_assert_str_eq(h.body, "one");
		cr_assert_str_eq(header_in(&h, "Connection"), "keep-alive");
		hear(fd, &h);
		cr_assert_eq(h.status, 200);
	}
	hang_up(fd);
}

Test(server, a_client_that_wants_to_close_is_closed)
{
	static const char bytes[] = "GET /api/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	int fd = dial(w.port);

	say(fd, bytes, sizeof bytes - 1);
	hear(fd, &h);
	cr_assert(h.closes);
	cr_assert(closed_by_server(fd));
	hang_up(fd);
}

Test(server, when_almost_all_threads_are_held_answers_end_their_connections)
{
	int fds[8];
	int kept = 0;

	for (size_t i = 0; i < 8; i++) {
		static const char bytes[] = "GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n";
		fds[i] = dial(w.port);
		say(fds[i], bytes, sizeof bytes - 1);
		hear(fds[i], &h);
		cr_assert_eq(h.status, 200);
		kept += !h.closes;
	}
	cr_assert_eq(kept, 7);
	for (size_t i = 0; i < 8; i++)
		hang_up(fds[i]);
}

Test(server, who_and_permissions_decide)
{
	ask(&w, "DELETE", "/api/things/" UUID, NULL, NULL, &h);
	code_is(401, "http.sign_in");
	ask(&w, "DELETE", "/api/things/" UUID, "Dure-Identity: mallory\r\n", NULL, &h);
	code_is(401, "identity.invalid");
	ask(&w, "DELETE", "/api/things/" UUID, "Dure-Identity: staff\r\n", NULL, &h);
	code_is(403, "http.permission");
	ask(&w, "DELETE", "/api/things/" UUID, "Dure-Identity: chief\r\nDure-Identity: chief\r\n", NULL, &h);
	code_is(401, "identity.invalid");
	ask(&w, "DELETE", "/api/things/" UUID, "Dure-Identity: chief\r\n", NULL, &h);
	cr_assert_eq(h.status, 204);
	cr_assert_str_eq(header_in(&h, "Content-Length"), "");
}

Test(server, probes_and_metrics_have_their_ports)
{
	struct world manage = w;

	ask(&w, "GET", "/livez", NULL, NULL, &h);
	cr_assert_eq(h.status, 200);
	ask(&w, "GET", "/readyz", NULL, NULL, &h);
	cr_assert_eq(h.status, 200);
	ask(&w, "GET", "/metrics", NULL, NULL, &h);
	code_is(404, "http.no_such_path");
	ask(&w, "GET", "/api/ping", NULL, NULL, &h);
	manage.port = w.manage_port;
	ask(&manage, "GET", "/metrics", NULL, NULL, &h);
	cr_assert_eq(h.status, 200);
	cr_assert_not_null(strstr(h.body, "dure_http_requests_total{route=\"ping\",status=\"2xx\"} 1"), "%s", h.body);
	ask(&manage, "GET", "/livez", NULL, NULL, &h);
	cr_assert_eq(h.status, 200);
	ask(&manage, "GET", "/api/ping", NULL, NULL, &h);
	code_is(404, "http.no_such_path");
	__atomic_store_n(&w.app.draining, true, __ATOMIC_RELEASE);
	ask(&w, "GET", "/readyz", NULL, NULL, &h);
	code_is(503, "http.draining");
	cr_assert_str_neq(header_in(&h, "Retry-After"), "");
}

static void *
ask_slow(void *arg)
{
	ask(&w, "GET", "/api/slow", NULL, NULL, arg);
	return NULL;
}

Test(server, a_drain_lets_what_is_in_hand_finish)
{
	static struct heard slow_one;
	pthread_t t;
	int idle = dial(w.port);
	static const char bytes[] = "GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n";

	say(idle, bytes, sizeof bytes - 1);
	hear(idle, &h);
	cr_assert_not(h.closes);
	pthread_create(&t, NULL, ask_slow, &slow_one);
	(void)nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
	int64_t began_us = clock_mono_us();
	world_close(&w);
	int64_t took_us = clock_mono_us() - began_us;
	pthread_join(t, NULL);
	cr_assert_eq(slow_one.status, 200);
	cr_assert(slow_one.closes);
	cr_assert(closed_by_server(idle));
	cr_assert_lt(took_us, 3500000, "%lld us", (long long)took_us);
	hang_up(idle);
}

/* civetweb's threads would look at their stop flag in two seconds. */
Test(server, an_end_waits_for_no_idle_connection)
{
	static const char bytes[] = "GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n";
	int idle = dial(w.port), silent = dial(w.port);
	int64_t began_us;

	say(idle, bytes, sizeof bytes - 1);
	hear(idle, &h);
	cr_assert_not(h.closes);
	began_us = clock_mono_us();
	world_close(&w);
	cr_assert_lt(clock_mono_us() - began_us, 1000000);
	cr_assert(closed_by_server(idle) && closed_by_server(silent));
	hang_up(idle);
	hang_up(silent);
}
