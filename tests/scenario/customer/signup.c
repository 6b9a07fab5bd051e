/* Step 1: from a phone number to a company. */
#include "tests/scenario/customer/customer.h"
#include <stdlib.h>
#include <string.h>
#include "common/core/arena.h"
#include "common/core/text.h"

/* 256 random bits in base64url: no JWT, no personal data, and only its digest stands in the table. */
static void
check_opaque(struct play *p, const char *token)
{
	struct arena *mem = arena_open(4096);
	struct text bytes;

	kit_sure(strchr(token, '.') == NULL);
	kit_sure(text_from_base64url(mem, text_of(token), &bytes) && bytes.len == 32);
	arena_close(&mem);
	kit_sure(strcmp(suite_sql(p->suite, "auth", "SELECT count(*) FROM signup WHERE phone = '%s' AND "
	    "encode(token_digest, 'hex') = encode(sha256('%s'), 'hex') AND password_phc LIKE '$argon2id$%%'",
	    p->buyer.phone, token), "1") == 0);
}

void
signup_ask(struct play *p)
{
	const char *json = kit_print("{\"phone\":\"%s\",\"email\":\"%s\",\"password\":\"%s\",\"name\":\"%s\"}",
	    p->buyer.phone, p->buyer.email, p->buyer.password, p->buyer.name);
	struct kit_reply r;

	timing(p);
	r = want(201, ask(p, "POST", "/api/create/token", json));
	told(p, "1 sign-up: POST /api/create/token, an opaque token");
	p->signup_token = text_in(r, "token");
	kit_sure(kit_json_i64(r.body, "expiresInSeconds") == 1800);
	check_opaque(p, p->signup_token);
}

void
signup_send_code(struct play *p)
{
	const char *early = kit_print("{\"token\":\"%s\",\"useAgree\":true,\"privateAgree\":true}", p->signup_token);
	struct kit_reply r;

	want_problem(409, "signup.not_proven", ask(p, "POST", "/api/join/do", early));
	timing(p);
	r = ask(p, "POST", "/api/join/check", kit_print("{\"token\":\"%s\"}", p->signup_token));
	told(p, "1 sign-up: POST /api/join/check, a code is on its way");
	if (p->deaths > 0 && r.status == 429)
		want_problem(429, "verification.too_soon", r);      /* the answer that said so was lost */
	else
		kit_sure(strcmp(text_in(want(202, r), "status"), "sent") == 0);
}

/* A wrong code is refused, and the right one counts once and again. */
void
signup_prove(struct play *p)
{
	const char *code, *right, *wrong;

	code = read_code(p);
	told(p, "1 sign-up: the code stands in the inbox of the sandbox");
	kit_sure(strlen(code) == 6);
	right = kit_print("{\"token\":\"%s\",\"code\":\"%s\"}", p->signup_token, code);
	wrong = kit_print("{\"token\":\"%s\",\"code\":\"%06ld\"}", p->signup_token, (strtol(code, NULL, 10) + 1) % 1000000);
	want_problem(422, "verification.wrong_code", ask(p, "POST", "/api/join/check", wrong));
	timing(p);
	want(200, ask(p, "POST", "/api/join/check", right));
	told(p, "1 sign-up: POST /api/join/check with the code, the phone is proven");
	want(200, ask(p, "POST", "/api/join/check", right));
}

static void
check_rows(struct play *p)
{
	kit_sure(strcmp(suite_sql(p->suite, "auth",
	    "SELECT u.kind, u.marketing_agree, c.placeholder, c.owner_id = u.id, m.state, mine.kind, "
	    "(SELECT string_agg(t.kind, ',' ORDER BY t.kind) FROM permission_template t WHERE t.company_id = c.id), "
	    "(SELECT count(*) FROM signup s WHERE s.phone = u.phone) "
	    "FROM users u JOIN membership m ON m.user_id = u.id JOIN company c ON c.id = m.company_id "
	    "JOIN permission_template mine ON mine.id = m.template_id WHERE u.phone = '%s'", p->buyer.phone),
	    "staff|f|t|t|member|owner|member,owner|0") == 0);
}

/* The answer may be lost: then the user can log in all the same. */
static void
take_ids(struct play *p, struct kit_reply r)
{
	if (p->deaths > 0 && r.status == 410) {
		p->buyer.id = suite_sql(p->suite, "auth", "SELECT id FROM users WHERE phone = '%s'", p->buyer.phone);
		p->buyer.company = suite_sql(p->suite, "auth", "SELECT id FROM company WHERE owner_id = '%s'", p->buyer.id);
		return;
	}
	p->buyer.id = text_in(want(201, r), "userId");
	p->buyer.company = text_in(r, "companyId");
}

void
signup_complete(struct play *p)
{
	const char *agreed = kit_print("{\"token\":\"%s\",\"useAgree\":true,\"privateAgree\":true,\"marketingAgree\":false}",
	    p->signup_token);
	const char *not_agreed = kit_print("{\"token\":\"%s\",\"useAgree\":false,\"privateAgree\":true}", p->signup_token);
	struct kit_reply r = ask(p, "POST", "/api/join/do", not_agreed);

	want(400, r);
	kit_sure(strcmp(text_in(r, "errors.0.pointer"), "/useAgree") == 0);
	timing(p);
	r = ask(p, "POST", "/api/join/do", agreed);
	told(p, "1 sign-up: POST /api/join/do, user, company, templates, membership");
	take_ids(p, r);
	check_rows(p);
	want_problem(410, "signup.expired", ask(p, "POST", "/api/join/do", agreed));
}

static bool
is_there(struct play *p, const char *service, const char *what, const char *where, const char *id)
{
	(void)revive(p);
	return strcmp(suite_sql(p->suite, service, "SELECT count(*) FROM %s WHERE %s = '%s'", what, where, id), "1") == 0;
}

void
signup_followers(struct play *p)
{
	kit_until(PATIENCE * PROMISED_MS, is_there(p, "billing", "plan", "plan = 'free' AND state = 'current' AND company_id",
	    p->buyer.company));
	kit_until(PATIENCE * PROMISED_MS, is_there(p, "messaging", "wallet", "balance_krw = 0 AND company_id",
	    p->buyer.company));
	kit_until(PATIENCE * PROMISED_MS, is_there(p, "commerce", "point_account", "balance_krw = 0 AND user_id",
	    p->buyer.id));
	told(p, "1 sign-up: on the event the Free plan, the empty wallet and the points account");
}
