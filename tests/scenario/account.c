/* An account through the gateway, with every process there is: its sessions, its password, its company and what it may. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/clock.h"
#include "tests/scenario/customer/customer.h"

static struct person
elsewhere(struct play *p)
{
	struct person other = p->buyer;

	log_in(p, &other);
	return other;
}

static void
check_sessions(struct play *p)
{
	struct suite *s = p->suite;
	struct person one = elsewhere(p), two = elsewhere(p);
	struct kit_reply r = want(200, kit_http(s, "GET", "/api/sessions", NULL, as(&one)));

	cr_assert_eq(kit_json_length(r.body, "items"), 3);
	cr_assert_str_eq(kit_json_text(r.body, "items.1.current"), "true");
	want(204, kit_http(s, "DELETE", kit_print("/api/sessions/%s", kit_json_text(r.body, "items.0.sessionId")), NULL, as(&one)));
	want_problem(401, "token.revoked", kit_http(s, "GET", "/api/me", NULL, as(&two)));
	want(204, kit_http(s, "DELETE", "/api/sessions/others", NULL, as(&one)));
	want_problem(401, "token.revoked", kit_http(s, "GET", "/api/me", NULL, as(&p->buyer)));
	want(200, kit_http(s, "GET", "/api/me", NULL, as(&one)));
	p->buyer = one;
}

static void
change_password(struct play *p, const char *new)
{
	struct person other = elsewhere(p);
	size_t told = kit_inbox_count(p->suite, p->buyer.phone);

	want(204, kit_http(p->suite, "PUT", "/api/me/password",
	    kit_print("{\"oldPassword\":\"%s\",\"newPassword\":\"%s\"}", p->buyer.password, new), as(&p->buyer)));
	want_problem(401, "token.revoked", kit_http(p->suite, "GET", "/api/me", NULL, as(&other)));
	want(200, kit_http(p->suite, "GET", "/api/me", NULL, as(&p->buyer)));
	kit_until(10000, kit_inbox_count(p->suite, p->buyer.phone) == told + 1);
	p->buyer.password = new;
}

static void
reset_password(struct play *p, const char *new)
{
	struct suite *s = p->suite;
	const char *token;

	suite_clock(s, 61);      /* the code of the sign-up was just sent */
	token = kit_json_text(want(202, kit_http(s, "POST", "/api/password-resets",
	    kit_print("{\"phone\":\"%s\"}", p->buyer.phone))).body, "token");
	want(204, kit_http(s, "POST", "/api/password-resets/code",
	    kit_print("{\"token\":\"%s\",\"code\":\"%s\"}", token, kit_inbox_code(s, p->buyer.phone))));
	want(200, kit_http(s, "PUT", "/api/password-resets/password",
	    kit_print("{\"token\":\"%s\",\"password\":\"%s\"}", token, new)));
	want_problem(401, "token.revoked", kit_http(s, "GET", "/api/me", NULL, as(&p->buyer)));
	p->buyer.password = new;
	log_in(p, &p->buyer);
}

/* Known when the command ends; a second is what was promised. */
static void
check_rights(struct play *p)
{
	struct suite *s = p->suite;
	struct kit_reply r = want(200, kit_http(s, "GET", "/api/me", NULL, as(&p->buyer)));
	const char *code = kit_json_text(r.body, "company.code"),
	    *sid = kit_json_text(kit_http(s, "GET", "/api/sessions", NULL, as(&p->buyer)).body, "items.0.sessionId");
	int64_t began_us = clock_mono_us();

	cr_assert_eq(kit_json_length(r.body, "permissions"), 37);
	(void)suite_run(s, NULL, "auth", "template", "set", code, "소유주", "chat_total");
	cr_assert_str_eq(kit_redis(s, "HGET session:%s p", sid), "20000000");
	r = want(200, kit_http(s, "GET", "/api/me", NULL, as(&p->buyer)));
	cr_assert_eq(kit_json_length(r.body, "permissions"), 1);
	(void)suite_run(s, NULL, "auth", "member", "remove", p->buyer.phone);
	cr_assert_str_eq(kit_redis(s, "HGET session:%s c", sid), "00000000-0000-0000-0000-000000000000");
	cr_assert_str_eq(kit_redis(s, "HGET session:%s p", sid), "0");
	r = want(200, kit_http(s, "GET", "/api/me", NULL, as(&p->buyer)));
	cr_assert_null(kit_json_text(r.body, "company"));
	cr_assert_leq(clock_mono_us() - began_us, 10 * 2 * PROMISED_MS * INT64_C(1000));
}

Test(account, its_sessions_its_password_and_its_rights_change_for_all_services_at_once, .timeout = 120)
{
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1);

	play_until(p, "log in");
	check_sessions(p);
	change_password(p, "Iron_Chair_2@");
	reset_password(p, "Glass_Lamp_3#");
	check_rights(p);
	play_close(&p);
	suite_close(&s);
}
