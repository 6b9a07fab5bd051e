/* Redis is killed, frozen, emptied: nobody comes in who should not, and who should comes in again. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "tests/scenario/customer/customer.h"

static pid_t
redis_pid(struct suite *s)
{
	const char *pid = strstr(kit_redis(s, "INFO server"), "process_id:");

	cr_assert_not_null(pid);
	return (pid_t)strtol(pid + strlen("process_id:"), NULL, 10);
}

static void
want_closed(struct kit_reply r)
{
	want_problem(503, "redis.down", r);
	kit_sure(strtol(kit_header(&r, "Retry-After"), NULL, 10) >= 1);
}

/* What needs to know who was logged out is refused; what does not goes on. */
static void
check_closed(struct play *p)
{
	static const char *const paths[] = { "/api/me", "/api/plan", "/api/wallet", "/api/points", "/api/alarms" };
	struct suite *s = p->suite;

	for (size_t i = 0; i < COUNT_OF(paths); i++)
		want_closed(kit_http(s, "GET", paths[i], NULL, as(&p->buyer)));
	want_closed(kit_http(s, "POST", "/api/login", kit_print("{\"phone\":\"%s\",\"password\":\"%s\"}", p->buyer.phone,
	    p->buyer.password)));
	want_closed(kit_http(s, "POST", "/api/sessions/refresh", kit_print("{\"refreshToken\":\"%s\"}", p->buyer.refresh)));
	want_closed(kit_http(s, "DELETE", "/api/sessions/current", NULL, as(&p->buyer)));
	want(200, kit_http(s, "POST", "/api/payments/webhooks/toss", "{\"eventType\":\"PAYMENT_STATUS_CHANGED\","
	    "\"data\":{\"orderId\":\"nobody-knows-it\"}}"));
	want(200, kit_http(s, "GET", "/openapi.json", NULL));
}

static bool
is_in(struct play *p)
{
	return kit_http(p->suite, "GET", "/api/me", NULL, as(&p->buyer)).status == 200;
}

Test(redis, killed_it_closes_what_needs_it_and_nothing_else, .timeout = 120)
{
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1);

	play_until(p, "log out");
	cr_assert_eq(kill(redis_pid(s), SIGKILL), 0);
	check_closed(p);
	suite_databases(s, "start", "redis");
	kit_until(PATIENCE * PROMISED_MS, is_in(p));
	suite_wait_ready(s, NULL);
	play_close(&p);
	suite_close(&s);
}

/* Nobody waits for a Redis that does not answer. */
Test(redis, frozen_it_is_given_up_quickly, .timeout = 120)
{
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1);
	int64_t began_us, longest_us = 0;
	pid_t redis;

	play_until(p, "log out");
	redis = redis_pid(s);
	cr_assert_eq(kill(redis, SIGSTOP), 0);
	for (int i = 0; i < 5; i++) {
		began_us = clock_mono_us();
		want_closed(kit_http(s, "GET", "/api/points", NULL, as(&p->buyer)));
		longest_us = clock_mono_us() - began_us > longest_us ? clock_mono_us() - began_us : longest_us;
	}
	check_closed(p);
	cr_assert_eq(kill(redis, SIGCONT), 0);
	cr_expect_lt(longest_us, 2000000, "%lld ms", (long long)longest_us / 1000);
	kit_until(PATIENCE * PROMISED_MS, is_in(p));
	play_close(&p);
	suite_close(&s);
}

static struct kit_reply
renew(struct suite *s, const char *refresh)
{
	return kit_http(s, "POST", "/api/sessions/refresh", kit_print("{\"refreshToken\":\"%s\"}", refresh));
}

/* A refresh token that comes back after its successor was used has been stolen: the session ends. */
static struct person
robbed(struct play *p)
{
	struct person who;
	const char *first, *second;

	log_in(p, &p->buyer);
	first = p->buyer.refresh;
	second = text_in(want(200, renew(p->suite, first)), "refreshToken");
	who = p->buyer;
	who.access = text_in(want(200, renew(p->suite, second)), "accessToken");
	want(200, kit_http(p->suite, "GET", "/api/points", NULL, as(&who)));
	want_problem(401, "token_reused", renew(p->suite, first));
	return who;
}

static void
want_out(struct suite *s, const struct person *gone, const struct person *stolen)
{
	want_problem(401, "token.revoked", kit_http(s, "GET", "/api/points", NULL, as(gone)));
	want_problem(401, "token.revoked", kit_http(s, "GET", "/api/points", NULL, as(stolen)));
}

/* An emptied Redis knows neither sessions nor how they ended; auth does. */
Test(redis, emptied_it_is_filled_again_and_an_ended_session_stays_out, .timeout = 120)
{
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1);
	struct person gone, stolen;

	play_until(p, "log in");
	gone = p->buyer;
	want(204, kit_http(s, "DELETE", "/api/sessions/current", NULL, as(&gone)));
	stolen = robbed(p);
	log_in(p, &p->buyer);
	want_out(s, &gone, &stolen);
	cr_assert_str_eq(kit_redis(s, "FLUSHALL"), "OK");
	want(200, kit_http(s, "GET", "/api/points", NULL, as(&p->buyer)));
	want_out(s, &gone, &stolen);
	cr_assert_str_eq(kit_redis(s, "FLUSHALL"), "OK");
	/* Auth away: who is unknown is asked to come again, never let in. */
	suite_kill(s, "auth", SIGKILL);
	want_problem(503, "upstream.unreachable", kit_http(s, "GET", "/api/points", NULL, as(&gone)));
	want_problem(503, "upstream.unreachable", kit_http(s, "GET", "/api/points", NULL, as(&p->buyer)));
	suite_restart(s, "auth");
	suite_wait_ready(s, "auth");
	want_out(s, &gone, &stolen);
	want(200, kit_http(s, "GET", "/api/points", NULL, as(&p->buyer)));
	play_close(&p);
	suite_close(&s);
}
