/* Who one is: /api/me, operators, and what no request may say. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/proto/permissions.gen.h"
#include "services/auth/command/people.h"
#include "tests/integration/auth/command.h"

TestSuite(people, .init = world_open, .fini = world_close, .timeout = 120);

static struct kit_reply
me(struct person p)
{
	struct kit_reply r;

	kit_as_user(k, p.user, p.company, 0);
	r = kit_call(k, "GET /api/me", NULL);
	kit_as_nobody(k);
	return r;
}

Test(people, me_names_the_caller_and_the_company)
{
	struct person p = join(1);
	struct kit_reply r = me(p);

	cr_assert_eq(r.status, 200);
	cr_assert_str_eq(kit_json_text(r.body, "phone"), "01010000001");
	cr_assert_str_eq(kit_json_text(r.body, "tokenType"), "staff");
	cr_assert_str_eq(kit_json_text(r.body, "company.owner"), "true");
	cr_assert_str_eq(kit_json_text(r.body, "company.placeholder"), "true");
	cr_assert_str_eq(kit_json_text(r.body, "company.code"), kit_sql(k, "SELECT code FROM company"));
	cr_assert_eq(kit_json_length(r.body, "companies"), 1);
	cr_assert_eq(kit_json_length(r.body, "permissions"), 37);
	cr_assert_null(strstr(r.body, "argon2"));
}

Test(people, me_names_all_companies_and_only_the_current_one_gives_permissions)
{
	struct person p = join(1);
	struct kit_reply r;

	(void)kit_sql(k, "UPDATE membership SET state = 'dormant'");
	r = me(p);
	cr_assert_eq(r.status, 200);
	cr_assert_null(kit_json_text(r.body, "company"));
	cr_assert_str_eq(kit_json_text(r.body, "companies.0.state"), "dormant");
	cr_assert_str_eq(kit_json_text(r.body, "companies.0.template"), "소유주");
	cr_assert_eq(kit_json_length(r.body, "permissions"), 0);
	(void)kit_sql(k, "DELETE FROM membership");
	r = me(p);
	cr_assert_eq(r.status, 200);
	cr_assert_eq(kit_json_length(r.body, "companies"), 0);
}

static bool
permitted(const struct kit_reply *r, const char *word)
{
	for (size_t i = 0; i < kit_json_length(r->body, "permissions"); i++)
		if (strcmp(kit_json_text(r->body, kit_print("permissions.%zu", i)), word) == 0)
			return true;
	return false;
}

Test(people, a_permission_is_off_while_its_group_is_off)
{
	struct person p = join(1);
	struct kit_reply r;

	(void)kit_sql(k, "UPDATE permission_template SET flags = %llu WHERE kind = 'owner'",
	    (unsigned long long)(PERMISSIONS_OWNER & ~PERMISSION_CUSTOMER_TOTAL & ~PERMISSION_FILE_DEL));
	r = me(p);
	cr_assert_not(permitted(&r, "customer_total"));
	cr_assert_not(permitted(&r, "add_new_customer"));
	cr_assert_not(permitted(&r, "customer_del"));
	cr_assert_not(permitted(&r, "file_del"));
	cr_assert(permitted(&r, "file_total") && permitted(&r, "file_upload") && permitted(&r, "estimate_del"));
	cr_assert_eq(kit_json_length(r.body, "permissions"), 37 - 5 - 1);
}

Test(people, me_is_for_those_who_are_signed_in_and_there)
{
	struct person p = join(1);

	kit_as_nobody(k);
	cr_assert_eq(kit_call(k, "GET /api/me", NULL).status, 401);
	kit_as_customer(k, p.user, p.company);
	cr_assert_eq(kit_call(k, "GET /api/me", NULL).status, 403);
	(void)kit_sql(k, "UPDATE users SET deleted_at = created_at");
	cr_assert_str_eq(me(p).slug, "user.not_found");
}

/* The slug, NULL when it went well. */
static const char *
add_person(command_run *run, const char *password, const char *const *words)
{
	return command(run, kit_print("%s\n", password), words).slug;
}

Test(people, the_command_makes_an_operator_who_logs_in_as_one)
{
	const struct operator_added_v1 *added;
	struct kit_reply r;
	struct login l;

	cr_assert_null(add_person(command_operator, PASSWORD,
	    WORDS("operator", "add", "010-9000-0001", "ops@example.com", "Ops")));
	cr_assert_str_eq(kit_sql(k, "SELECT kind, phone FROM users"), "operator|01090000001");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM company"), "0");
	added = kit_event(k, &operator_added_v1_event);
	r = login_as("01090000001", PASSWORD);
	cr_assert_eq(r.status, 200);
	l = tokens_of(&r);
	cr_assert(uuid_eq(added->user_id, l.user));
	cr_assert_eq(gate(&l).session.who, WHO_OPERATOR);
	cr_assert_eq(gate(&l).session.permissions, 0);
	kit_as(k, (struct kit_who){ .who = WHO_OPERATOR, .user = l.user, .session = l.session });
	r = kit_call(k, "GET /api/me", NULL);
	cr_assert_str_eq(kit_json_text(r.body, "tokenType"), "operator");
	cr_assert_null(kit_json_text(r.body, "company"));
	cr_assert_eq(kit_json_length(r.body, "permissions"), 0);
}

Test(people, a_user_by_command_is_one_as_if_signed_up)
{
	const char *const *words = WORDS("user", "add", "01090000002", "u@example.com", "User");

	cr_assert_null(add_person(command_user, PASSWORD, words));
	cr_assert_str_eq(kit_sql(k,
	    "SELECT u.kind, count(m.*) FROM users u JOIN membership m ON m.user_id = u.id GROUP BY 1"), "staff|1");
	(void)kit_event(k, &user_joined_v1_event);
	cr_assert_str_eq(add_person(command_user, PASSWORD, words), "signup.phone_taken");
}

static const struct { const char *password, *words[6], *slug; } misuse[] = {
	{ PASSWORD, { "operator", "add", "01090000003", "a@example.com" }, "command.usage" },
	{ PASSWORD, { "operator", "add", "0212345678", "a@example.com", "A" }, "command.phone" },
	{ PASSWORD, { "operator", "add", "01090000003", "a@example.com", "\xff" }, "command.text" },
	{ "short", { "operator", "add", "01090000003", "a@example.com", "A" }, "request.invalid" },
	{ "onlyletters!", { "operator", "add", "01090000003", "a@example.com", "A" }, "request.invalid" },
};

Test(people, a_misused_command_makes_nobody)
{
	for (size_t i = 0; i < COUNT_OF(misuse); i++) {
		const char *slug = add_person(command_operator, misuse[i].password, misuse[i].words);

		cr_assert(slug != NULL && strcmp(slug, misuse[i].slug) == 0, "row %zu: %s", i, slug != NULL ? slug : "went well");
	}
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM users"), "0");
}

#define GOOD_START "\"phone\":\"01010000001\",\"email\":\"a@example.com\",\"password\":\"" PASSWORD "\",\"name\":\"A\""
#define START(phone, email, password, name) \
	"{\"phone\":" phone ",\"email\":\"" email "\",\"password\":\"" password "\",\"name\":\"" name "\"}"
#define SOME_TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* pointer: of the first wrong field; NULL where the whole is refused. */
static const struct { const char *route, *body; int status; const char *pointer; } bad[] = {
	{ "POST /api/create/token", "{" GOOD_START ",\"kind\":\"operator\"}", 400, "/kind" },
	{ "POST /api/create/token", "{" GOOD_START ",\"role\":\"owner\"}", 400, "/role" },
	{ "POST /api/create/token", "{" GOOD_START ",\"permissions\":137438953471}", 400, "/permissions" },
	{ "POST /api/join/do", "{\"token\":\"" SOME_TOKEN "\",\"useAgree\":true,\"privateAgree\":true,\"kind\":\"operator\"}",
	    400, "/kind" },
	{ "POST /api/join/do", "{\"token\":\"" SOME_TOKEN "\",\"useAgree\":true,\"privateAgree\":true,\"companyId\":\"x\"}",
	    400, "/companyId" },
	{ "POST /api/login", "{\"phone\":\"01010000001\",\"password\":\"x\",\"kind\":\"operator\"}", 400, "/kind" },
	{ "POST /api/sessions/refresh", "{\"refreshToken\":\"" SOME_TOKEN "\",\"who\":\"operator\"}", 400, "/who" },
	{ "POST /api/create/token", "{}", 400, "/phone" },
	{ "POST /api/create/token", START("\"0212345678\"", "a@example.com", PASSWORD, "A"), 400, "/phone" },
	{ "POST /api/create/token", START("\"010100000011\"", "a@example.com", PASSWORD, "A"), 400, "/phone" },
	{ "POST /api/create/token", START("\"01010000001\"", "nobody", PASSWORD, "A"), 400, "/email" },
	{ "POST /api/create/token", START("\"01010000001\"", "a@b@example.com", PASSWORD, "A"), 400, "/email" },
	{ "POST /api/create/token", START("\"01010000001\"", "a@example.com", "Sh0rt!", "A"), 400, "/password" },
	{ "POST /api/create/token", START("\"01010000001\"", "a@example.com", "nodigits!", "A"), 400, "/password" },
	{ "POST /api/create/token", START("\"01010000001\"", "a@example.com", "12345678!", "A"), 400, "/password" },
	{ "POST /api/create/token", START("\"01010000001\"", "a@example.com", "nospecial1", "A"), 400, "/password" },
	{ "POST /api/create/token", START("\"01010000001\"", "a@example.com", PASSWORD, ""), 400, "/name" },
	{ "POST /api/create/token", START("\"01010000001\"", "a@example.com", PASSWORD, "a\\u0000b"), 400, NULL },
	{ "POST /api/create/token", START("\"01010000001\"", "a@example.com", PASSWORD, "a\\nb"), 400, "/name" },
	{ "POST /api/create/token", START("\"01010000001\"", "a@example.com", "Wooden\\u0000Desk1!", "A"), 400, NULL },
	{ "POST /api/create/token", START("\"01010000001\"", "a@example.com", PASSWORD, "\\ud800"), 400, NULL },
	{ "POST /api/create/token", START("1010000001", "a@example.com", PASSWORD, "A"), 400, "/phone" },
	{ "POST /api/create/token", "[]", 400, NULL },
	{ "POST /api/create/token", "", 400, NULL },
	{ "POST /api/create/token", "{" GOOD_START, 400, NULL },
	{ "POST /api/create/token", "{" GOOD_START "," GOOD_START "}", 400, NULL },
	{ "POST /api/join/check", "{\"token\":\"short\"}", 400, "/token" },
	{ "POST /api/join/check", "{\"token\":\"" SOME_TOKEN "\",\"code\":\"12345\"}", 400, "/code" },
	{ "POST /api/join/check", "{\"token\":\"" SOME_TOKEN "\",\"code\":\"1234567\"}", 400, "/code" },
	{ "POST /api/join/check", "{\"token\":\"" SOME_TOKEN "\",\"code\":123456}", 400, "/code" },
	{ "POST /api/join/check", "{\"token\":\"' OR 1=1 -- AAAAAAAAAAAA\"}", 400, "/token" },
	{ "POST /api/join/do", "{\"token\":\"" SOME_TOKEN "\",\"useAgree\":\"true\",\"privateAgree\":true}", 400, "/useAgree" },
	{ "POST /api/join/do", "{\"token\":\"" SOME_TOKEN "\",\"useAgree\":true}", 400, "/privateAgree" },
	{ "POST /api/login", "{\"phone\":\"01010000001\",\"password\":\"\"}", 400, "/password" },
	{ "POST /api/login", "{\"phone\":\"nobody at all\",\"password\":\"x\"}", 400, "/phone" },
	{ "POST /api/sessions/refresh", "{\"refreshToken\":\"\"}", 400, "/refreshToken" },
	{ "POST /api/sessions/refresh", "{\"refreshToken\":null}", 400, "/refreshToken" },
	{ "GET /api/login", NULL, 405, NULL },
	{ "POST /api/me", NULL, 405, NULL },
};

Test(people, bad_input_is_refused_by_name_and_changes_nothing)
{
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct kit_reply r = kit_call(k, bad[i].route, bad[i].body);
		const char *pointer = kit_json_text(r.body, "errors.0.pointer");

		cr_assert_eq(r.status, bad[i].status, "%s %s: %d", bad[i].route, bad[i].body, r.status);
		if (bad[i].pointer != NULL)
			cr_assert(pointer != NULL && strcmp(pointer, bad[i].pointer) == 0, "%s: %s", bad[i].body, r.body);
		cr_assert_null(strstr(r.body, PASSWORD), "a secret is not repeated: %s", r.body);
	}
	cr_assert_str_eq(kit_sql(k, "SELECT (SELECT count(*) FROM signup), (SELECT count(*) FROM users)"), "0|0");
}

Test(people, the_key_set_holds_no_private_part)
{
	struct kit_reply r = kit_call(k, "GET /.well-known/jwks.json", NULL);

	cr_assert_eq(r.status, 200);
	cr_assert_str_eq(kit_header(&r, "Cache-Control"), "public, max-age=60");
	cr_assert_str_eq(kit_json_text(r.body, "keys.0.crv"), "P-256");
	cr_assert_null(kit_json_text(r.body, "keys.0.d"));
	cr_assert_eq(kit_call(k, "GET /internal/jwks.json", NULL).status, 401, "the internal one asks who calls");
}
