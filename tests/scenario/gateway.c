/* The gateway with real services behind it: its own errors, services that are away or silent, its documents, CORS. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "tests/kit/room.h"
#include "tests/scenario/customer/customer.h"

#define ORIGIN "https://shop.dure.example"

/* ---- what it says by itself */

static void
check_not_found_and_methods(struct suite *s)
{
	struct kit_reply r;

	want_problem(404, "http.no_such_path", kit_http(s, "GET", "/api/nothing", NULL));
	want_problem(404, "http.no_such_path", kit_http(s, "GET", "/", NULL));
	want_problem(404, "http.no_such_path", kit_http(s, "POST", "/internal/sessions/x/restore", "{}"));
	r = want_problem(405, "http.method", kit_http(s, "DELETE", "/api/login", NULL));
	cr_assert_str_eq(kit_header(&r, "Allow"), "POST");
	r = want_problem(405, "http.method", kit_http(s, "PUT", "/api/products", "{}"));
	cr_assert_str_eq(kit_header(&r, "Allow"), "GET, POST");
	want_problem(401, "http.sign_in", kit_http(s, "GET", "/api/me", NULL));
	want_problem(401, "token.invalid", kit_http(s, "GET", "/api/me", NULL, "Authorization: Bearer no-token"));
}

/* The head alone: a body that is too long is refused before it is sent. */
static const char *
say(struct suite *s, const char *head)
{
	struct kit_raw *r = kit_raw_open(suite_port(s, "gateway", "http"));
	const char *answer;

	kit_raw_text(r, head);
	answer = kit_raw_read(r, "\"requestId\"", 5000);
	kit_raw_close(&r);
	return answer;
}

/* The refusal does not wait for the body, which is passed over: what comes behind it is the next request. Who asks whether
 * to send it sends none. */
static void
check_unread(struct suite *s)
{
	const char *head = "POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 70000\r\n";
	struct kit_raw *r = kit_raw_open(suite_port(s, "gateway", "http"));

	kit_raw_text(r, kit_print("%s\r\n{", head));
	cr_assert_eq(strncmp(kit_raw_read(r, "\"http.sign_in\"", 5000), "HTTP/1.1 401 ", 13), 0);
	kit_raw_text(r, kit_print("%069999dGET /api/after HTTP/1.1\r\nHost: x\r\n\r\n", 1));
	cr_assert_not_null(strstr(kit_raw_read(r, "\"http.no_such_path\"", 5000), "HTTP/1.1 404 "));
	kit_raw_close(&r);
	cr_assert_not_null(strstr(say(s, kit_print("%sExpect: 100-continue\r\n\r\n", head)), "Connection: close"));
}

static void
check_too_much(struct suite *s)
{
	const char *answer = say(s, "POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	    "Content-Length: 2000000\r\n\r\n");

	cr_assert_eq(strncmp(answer, "HTTP/1.1 413 ", 13), 0, "%s", answer);
	cr_assert_not_null(strstr(answer, "\"code\":\"http.body_too_large\""), "%s", answer);
	answer = say(s, "POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	    "Content-Length: 2000000\r\n\r\n");
	cr_assert_eq(strncmp(answer, "HTTP/1.1 413 ", 13), 0, "not even to be passed over: %s", answer);
	answer = say(s, "POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 65537\r\n\r\n");
	cr_assert_eq(strncmp(answer, "HTTP/1.1 413 ", 13), 0, "%s", answer);
	want_problem(401, "http.sign_in", kit_http(s, "POST", "/api/orders", kit_print("{\"note\":\"%065537d\"}", 1)));
	check_unread(s);
	answer = "GET /api/me HTTP/1.1\r\nHost: x\r\n";
	for (int i = 0; i < 64; i++)
		answer = kit_print("%sX-%d: y\r\n", answer, i);
	answer = say(s, kit_print("%s\r\n", answer));
	cr_assert_eq(strncmp(answer, "HTTP/1.1 431 ", 13), 0, "%s", answer);
	cr_assert_not_null(strstr(answer, "\"code\":\"http.headers\""), "%s", answer);
}

/* The page asks nothing of other hosts, and could not: the policy lets nothing through. */
static void
check_documents(struct suite *s)
{
	struct kit_reply r = want(200, kit_http(s, "GET", "/openapi.json", NULL));

	cr_assert_str_eq(text_in(r, "openapi"), "3.1.0");
	cr_assert_not_null(kit_json_text(r.body, "paths./api/orders.post.operationId"));
	cr_assert_null(strstr(r.body, "/internal/"));
	r = want(200, kit_http(s, "GET", "/asyncapi.json", NULL));
	cr_assert_str_eq(text_in(r, "asyncapi"), "3.0.0");
	r = want(200, kit_http(s, "GET", "/docs", NULL));
	cr_assert_null(strstr(r.body, "http://"));
	cr_assert_null(strstr(r.body, "https://"));
	cr_assert_eq(strncmp(kit_header(&r, "Content-Security-Policy"), "default-src 'none'; script-src 'self';", 38), 0);
	cr_assert_null(strstr(kit_header(&r, "Content-Security-Policy"), "http"));
	want(200, kit_http(s, "GET", "/docs/swagger-ui-bundle.js", NULL));
	want(404, kit_http(s, "GET", "/docs/passwd", NULL));
}

static void
check_cors(struct suite *s)
{
	struct kit_reply r = kit_http(s, "OPTIONS", "/api/orders", NULL, "Origin: " ORIGIN,
	    "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: idempotency-key");

	want(204, r);
	cr_assert_str_eq(kit_header(&r, "Access-Control-Allow-Origin"), ORIGIN);
	cr_assert_not_null(strstr(kit_header(&r, "Access-Control-Allow-Headers"), "Idempotency-Key"));
	r = kit_http(s, "OPTIONS", "/api/orders", NULL, "Origin: https://else.example", "Access-Control-Request-Method: POST");
	cr_assert_str_eq(kit_header(&r, "Access-Control-Allow-Origin"), "");
	r = kit_http(s, "GET", "/api/me", NULL, "Origin: " ORIGIN);
	want(401, r);
	cr_assert_str_eq(kit_header(&r, "Access-Control-Allow-Origin"), ORIGIN);
	cr_assert_str_eq(kit_header(&r, "Vary"), "Origin");
	r = kit_http(s, "GET", "/api/me", NULL, "Origin: https://else.example");
	cr_assert_str_eq(kit_header(&r, "Access-Control-Allow-Origin"), "");
}

Test(gateway, says_by_itself_what_is_wrong_and_shows_its_documents, .timeout = 60)
{
	struct suite *s = play_suite(0, "gateway", "DURE_CORS_ORIGINS=https://a.example, " ORIGIN);

	check_not_found_and_methods(s);
	check_too_much(s);
	check_documents(s);
	check_cors(s);
	suite_close(&s);
}

/* ---- services that are away, silent or of another time */

/* A clock of its own, in time while there is no such file. */
static const char *
clock_of_commerce(struct suite *s)
{
	return kit_print("%s/clock-of-commerce", suite_dir(s));
}

static void
check_away(struct play *p)
{
	struct kit_reply r;

	suite_kill(p->suite, "commerce", SIGKILL);
	r = want_problem(503, "upstream.unreachable", kit_http(p->suite, "GET", "/api/points", NULL, as(&p->buyer)));
	cr_assert_neq(atoi(kit_header(&r, "Retry-After")), 0);
	want(200, kit_http(p->suite, "GET", "/api/me", NULL, as(&p->buyer)));
	suite_set(p->suite, "commerce", kit_print("DURE_CLOCK_OFFSET_FILE=%s", clock_of_commerce(p->suite)));
	suite_restart(p->suite, "commerce");
	suite_wait_ready(p->suite, "commerce");
	for (int i = 0; i < 10; i++)
		want(200, kit_http(p->suite, "GET", "/api/points", NULL, as(&p->buyer)));
}

/* A service whose clock has left that of the gateway takes nobody for who he is. That is no reason to sign in again. */
static void
check_distrusting(struct play *p)
{
	struct kit_reply r;

	kit_write_file(clock_of_commerce(p->suite), "3600000000");
	kit_until(PATIENCE * PROMISED_MS, kit_http(p->suite, "GET", "/api/points", NULL, as(&p->buyer)).status != 200);
	r = want_problem(503, "upstream.distrusts", kit_http(p->suite, "GET", "/api/points", NULL, as(&p->buyer)));
	kit_sure(atoi(kit_header(&r, "Retry-After")) >= 1);
	kit_write_file(clock_of_commerce(p->suite), "0");
	kit_until(PATIENCE * PROMISED_MS, kit_http(p->suite, "GET", "/api/points", NULL, as(&p->buyer)).status == 200);
}

/* A frozen service: the caller is told in time, and one that goes on answers again. */
static void
check_silent(struct play *p)
{
	int64_t began_us = clock_mono_us();

	suite_kill(p->suite, "commerce", SIGSTOP);
	want_problem(504, "upstream.timeout", kit_http(p->suite, "GET", "/api/points", NULL, as(&p->buyer)));
	cr_assert_lt(clock_mono_us() - began_us, PATIENCE * 1000000);
	suite_kill(p->suite, "commerce", SIGCONT);
	kit_until(PATIENCE * PROMISED_MS, kit_http(p->suite, "GET", "/api/points", NULL, as(&p->buyer)).status == 200);
}

static const char *
signups(struct play *p, const char *phone)
{
	return suite_sql(p->suite, "auth", "SELECT count(*) FROM signup WHERE phone = '%s'", phone);
}

static struct kit_reply
sign_up(struct play *p, const char *phone)
{
	return kit_http(p->suite, "POST", "/api/create/token", kit_print("{\"phone\":\"%s\",\"email\":\"%s@dure.example\","
	    "\"password\":\"correct-horse-9!\",\"name\":\"x\"}", phone, phone));
}

/* Each has reached auth once, and nothing but its answer was lost: a repetition would make a second row. */
static void
check_post_is_not_repeated(struct play *p)
{
	suite_fault(p->suite, "auth", "http.after_commit=hold");
	want_problem(504, "upstream.timeout", sign_up(p, "01055550001"));
	suite_fault(p->suite, "auth", "http.after_commit=kill");
	want_problem(502, "upstream.lost", sign_up(p, "01055550002"));
	suite_fault(p->suite, "auth", "");
	suite_restart(p->suite, "auth");
	suite_wait_ready(p->suite, "auth");
	suite_kill(p->suite, "auth", SIGSTOP);
	want_problem(504, "upstream.timeout", sign_up(p, "01055550003"));
	suite_kill(p->suite, "auth", SIGCONT);
	kit_until(PATIENCE * PROMISED_MS, strcmp(signups(p, "01055550003"), "1") == 0);
	kit_throughout(1000, strcmp(signups(p, "01055550003"), "1") == 0);
	cr_assert_str_eq(signups(p, "01055550001"), "1");
	cr_assert_str_eq(signups(p, "01055550002"), "1");
}

Test(gateway, tells_when_a_service_is_away_or_silent_and_repeats_no_post, .timeout = 120)
{
	/* The faults are for the calls below, not for what the gateway tells auth by itself. */
	struct suite *s = play_suite(0, "gateway", "DURE_REQUEST_TIMEOUT_MS=1000", "gateway", "DURE_ACCESS_LOG=false");
	struct play *p = play_new(s, 1);

	play_until(p, "log out");
	check_away(p);
	check_distrusting(p);
	check_silent(p);
	check_post_is_not_repeated(p);
	play_close(&p);
	suite_close(&s);
}

/* ---- two of them */

enum { LIMIT = 60, ASKING = 4 };

/* One thread's turn: every other call to the second gateway. Counts by what "r" said of what is left. */
struct turn { struct suite *s; int second, passed[LIMIT], refused; };

static void *
ask_both(void *arg)
{
	struct turn *t = arg;

	for (int i = 0; i < 2 * LIMIT / ASKING; i++) {
		const char *base = i % 2 == 0 ? suite_url(t->s, "gateway") : kit_print("http://127.0.0.1:%d", t->second);
		struct kit_reply r = kit_http(t->s, "GET", kit_print("%s/openapi.json", base), NULL);
		const char *left = strstr(kit_header(&r, "RateLimit"), ";r=");
		int n = left != NULL ? atoi(left + 3) : -1;

		if (n < 0 || n >= LIMIT || (r.status != 200 && r.status != 429))
			kit_fail("%s: %d %s", base, r.status, r.head);
		t->passed[n] += r.status == 200;
		t->refused += r.status == 429;
		kit_sure(r.status == 200 || (n == 0 && atoi(kit_header(&r, "Retry-After")) > 0));
	}
	return NULL;
}

/* The limit is a variable; the count is one for both, so each number from LIMIT − 1 down to 0 is said once. */
Test(gateway, two_of_them_count_together, .timeout = 60)
{
	struct suite *s = play_suite(0, "gateway", kit_print("DURE_LIMITS=default=%d/3600", LIMIT));
	struct turn turns[ASKING] = { { .s = s } };
	int second = suite_second_gateway(s), refused = 0;
	pthread_t threads[ASKING];

	for (int i = 0; i < ASKING; i++) {
		turns[i] = (struct turn){ .s = s, .second = second };
		cr_assert_eq(pthread_create(&threads[i], NULL, ask_both, &turns[i]), 0);
	}
	for (int i = 0; i < ASKING; i++) {
		cr_assert_eq(pthread_join(threads[i], NULL), 0);
		refused += turns[i].refused;
	}
	for (int n = 0; n < LIMIT; n++) {
		int times = 0;

		for (int i = 0; i < ASKING; i++)
			times += turns[i].passed[n];
		cr_assert_eq(times, 1, "%d was said %d times", n, times);
	}
	cr_assert_eq(refused, LIMIT);
	suite_close(&s);
}
