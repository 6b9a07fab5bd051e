/* The access log from the gateway to auth, and whose address it believes. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "tests/scenario/customer/customer.h"

#define PROXIED "X-Forwarded-For: 9.9.9.9, 203.0.113.7"

static const char *
rows(struct suite *s, const char *where)
{
	return suite_sql(s, "auth", "SELECT count(*) FROM access_log WHERE %s", where);
}

static bool
is_kept(struct suite *s, const char *n, const char *where)
{
	return strcmp(rows(s, where), n) == 0;
}

/* The raw request is refused before any route: it has a method and a path all the same. */
static void
ask_each_kind(struct play *p)
{
	struct suite *s = p->suite;
	struct kit_raw *raw = kit_raw_open(suite_port(s, "gateway", "http"));

	want(200, kit_http(s, "GET", "/api/products?limit=1", NULL, as(&p->buyer), PROXIED, "User-Agent: Mozilla/5.0 \"x\""));
	want(404, kit_http(s, "GET", "/api/nothing?secret=1", NULL, PROXIED));
	want(401, kit_http(s, "DELETE", "/api/sessions/current", NULL, PROXIED, "Authorization: Bearer no-token"));
	want(200, kit_http(s, "GET", "/readyz", NULL));
	kit_raw_text(raw, "GET /api/smuggled HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n");
	(void)kit_raw_read(raw, "requestId", 5000);
	kit_raw_close(&raw);
}

static void
check_rows(struct play *p)
{
	struct suite *s = p->suite;

	kit_until(PATIENCE * PROMISED_MS, is_kept(s, "1", kit_print("path = '/api/products' AND method = 'GET' AND status = 200 "
	    "AND user_id = '%s' AND company_id = '%s' AND session_id IS NOT NULL AND duration_us > 0 "
	    "AND agent = 'Mozilla/5.0 \"x\"' AND ip = '203.0.113.7'", p->buyer.id, p->buyer.company)));
	kit_until(PATIENCE * PROMISED_MS, is_kept(s, "1", "path = '/api/smuggled' AND status = 400 AND user_id IS NULL"));
	cr_assert(is_kept(s, "1", "path = '/api/nothing' AND status = 404 AND user_id IS NULL"));
	cr_assert(is_kept(s, "1", "path = '/api/sessions/current' AND method = 'DELETE' AND status = 401"));
	cr_assert(is_kept(s, "0", "path ~ '[?]|limit|secret|readyz' OR ip = '9.9.9.9'"));
}

/* Whoever is not in the list names nobody but himself. */
static void
check_untrusted(struct play *p)
{
	suite_set(p->suite, "gateway", "DURE_TRUSTED_PROXIES=10.0.0.0/8");
	suite_set(p->suite, "gateway", "DURE_LIMITS=company=2/3600");
	suite_restart(p->suite, "gateway");
	suite_wait_ready(p->suite, "gateway");
	want(404, kit_http(p->suite, "GET", "/api/untrusted", NULL, PROXIED));
	kit_until(PATIENCE * PROMISED_MS, is_kept(p->suite, "1", "path = '/api/untrusted' AND ip = '127.0.0.1'"));
}

/* The people of one company together, whatever each of them may. */
static void
check_company(struct play *p)
{
	struct kit_reply r;

	for (int left = 1; left >= 0; left--) {
		r = want(200, kit_http(p->suite, "GET", "/api/points", NULL, as(&p->buyer)));
		cr_assert_not_null(strstr(kit_header(&r, "RateLimit"), kit_print("\"company\";r=%d;", left)));
	}
	r = want_problem(429, "quota-exceeded", kit_http(p->suite, "GET", "/api/points", NULL, as(&p->buyer)));
	cr_assert_gt(atoi(kit_header(&r, "Retry-After")), 0);
}

#define NOISY "X-Forwarded-For: 203.0.113.66"
#define QUIET "X-Forwarded-For: 203.0.113.77"

static struct kit_reply
guess(struct play *p, const char *from)
{
	return kit_http(p->suite, "GET", "/api/points", NULL, from, "Authorization: Bearer guessed");
}

/* What is said to who offers a long body from there, before any of it. */
static const char *
offer(struct play *p, const char *from, const char *until)
{
	struct kit_raw *r = kit_raw_open(suite_port(p->suite, "gateway", "http"));
	const char *answer;

	kit_raw_text(r, kit_print("POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%s\r\n"
	    "Authorization: Bearer guessed\r\nContent-Length: 70000\r\nExpect: 100-continue\r\n\r\n", from));
	answer = kit_raw_read(r, until, 5000);
	kit_raw_close(&r);
	return answer;
}

/* Who guesses tokens is put off before anything is looked at. Others do not notice, and neither does who works behind the
 * same address with a token that has held before. */
static void
check_guesses(struct play *p)
{
	const char *known = kit_print("Authorization: Bearer %s", p->buyer.access);
	struct kit_reply r;

	suite_set(p->suite, "gateway", "DURE_TRUSTED_PROXIES=127.0.0.1");
	suite_set(p->suite, "gateway", "DURE_LIMITS=bad_token=3/3600,refusal=5/3600");
	suite_restart(p->suite, "gateway");
	suite_wait_ready(p->suite, "gateway");
	want(200, kit_http(p->suite, "GET", "/api/points", NULL, known, NOISY));
	for (int i = 0; i < 3; i++)
		want_problem(401, "token.invalid", guess(p, NOISY));
	for (int i = 0; i < 20; i++) {
		r = want_problem(429, "quota-exceeded", guess(p, NOISY));
		cr_assert_gt(atoi(kit_header(&r, "Retry-After")), 0);
	}
	cr_assert_eq(strncmp(offer(p, QUIET, "\r\n\r\n"), "HTTP/1.1 100 ", 13), 0);
	cr_assert_eq(strncmp(offer(p, NOISY, "\"quota-exceeded\""), "HTTP/1.1 429 ", 13), 0, "nobody waits for it");
	want(200, kit_http(p->suite, "GET", "/api/points", NULL, known, NOISY));
	log_in(p, &p->buyer);
	want_problem(429, "quota-exceeded", kit_http(p->suite, "GET", "/api/points", NULL, as(&p->buyer), NOISY));
	want(200, kit_http(p->suite, "GET", "/api/points", NULL, as(&p->buyer), QUIET));
	want_problem(401, "token.invalid", guess(p, QUIET));
}

/* Of all those refusals so many are kept as an address may have; what was answered well is kept in any case. */
static void
check_untold(struct play *p)
{
	want(404, kit_http(p->suite, "GET", "/api/the-very-last", NULL, QUIET));
	kit_until(PATIENCE * PROMISED_MS, is_kept(p->suite, "1", "path = '/api/the-very-last'"));
	cr_assert_str_eq(rows(p->suite, "ip = '203.0.113.66' AND status IN (401, 429)"), "5");
	cr_assert_str_eq(rows(p->suite, "ip = '203.0.113.66' AND status = 200"), "2");
}

Test(access, each_request_is_kept_with_who_and_from_where_and_none_is_lost_at_the_end, .timeout = 60)
{
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1);

	play_until(p, "log in");
	ask_each_kind(p);
	check_rows(p);
	for (int i = 0; i < 20; i++)
		want(404, kit_http(s, "GET", "/api/the-last", NULL));
	check_untrusted(p);      /* SIGTERM and a new start */
	cr_assert(is_kept(s, "20", "path = '/api/the-last'"));
	check_company(p);
	check_guesses(p);
	check_untold(p);
	play_close(&p);
	suite_close(&s);
}
