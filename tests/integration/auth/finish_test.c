/* The end of a sign-up: all that belongs to a user, or nothing. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/proto/permissions.gen.h"
#include "gen/services/auth/user/create.sql.h"
#include "tests/integration/auth/world.h"

TestSuite(finish, .init = world_open, .fini = world_close, .timeout = 120);

static const char *
proven_token(int n)
{
	const char *token = token_of(n);

	kit_sure(ask_code(token).status == 202);
	kit_sure(give_code(token, next_code()).status == 200);
	return token;
}

static const char *
rows_made(void)
{
	return kit_sql(k, "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM company), "
	    "(SELECT count(*) FROM permission_template), (SELECT count(*) FROM membership), "
	    "(SELECT count(*) FROM outbox WHERE type = 'user.joined')");
}

Test(finish, an_unproven_sign_up_is_not_finished)
{
	const char *token = token_of(1);

	cr_assert_str_eq(finish(token).slug, "signup.not_proven");
	(void)ask_code(token);
	(void)give_code(token, wrong_code(next_code()));
	cr_assert_str_eq(finish(token).slug, "signup.not_proven");
	cr_assert_str_eq(rows_made(), "0|0|0|0|0");
}

Test(finish, it_makes_user_company_templates_and_membership)
{
	struct kit_reply r = finish(proven_token(1));
	const struct user_joined_v1 *ev;
	char id[UUID_CHARS + 1];

	cr_assert_eq(r.status, 201);
	cr_assert_str_eq(rows_made(), "1|1|2|1|1");
	cr_assert_str_eq(kit_sql(k, "SELECT kind, phone, email, use_agree, private_agree, marketing_agree FROM users"),
	    "staff|01010000001|p1@example.com|t|t|f");
	cr_assert_str_eq(kit_sql(k,
	    "SELECT c.placeholder, c.owner_id = u.id, m.state, t.kind FROM company c, users u, membership m "
	    "JOIN permission_template t ON t.id = m.template_id WHERE m.user_id = u.id AND m.company_id = c.id"),
	    "t|t|member|owner");
	ev = kit_event(k, &user_joined_v1_event);
	uuid_print(ev->user_id, id);
	cr_assert_str_eq(id, kit_json_text(r.body, "userId"));
	uuid_print(ev->company_id, id);
	cr_assert_str_eq(id, kit_json_text(r.body, "companyId"));
	cr_assert(text_is(ev->phone, "01010000001") && text_is(ev->email, "p1@example.com"));
	cr_assert(kit_no_event(k));
}

/* The table of the contract, read again here: name, group, owner, member. */
static uint64_t
flags_by_table(const char *word, int *n)
{
	FILE *f = fopen("proto/permissions.yaml", "r");
	char line[256];
	uint64_t flags = 0;

	kit_sure(f != NULL);
	*n = 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strstr(line, "- {name: ") == NULL)
			continue;
		if (strstr(line, word) != NULL)
			flags |= UINT64_C(1) << *n;
		(*n)++;
	}
	(void)fclose(f);
	return flags;
}

Test(finish, the_templates_have_the_flags_of_the_table)
{
	uint64_t owner, member;
	int n;

	(void)join(1);
	if (getenv("KIT_ROOT") != NULL)
		cr_assert_eq(chdir(getenv("KIT_ROOT")), 0);
	owner = flags_by_table("owner: true", &n);
	member = flags_by_table("member: true", &n);
	cr_assert_eq(n, 37);
	cr_assert_eq(owner, (UINT64_C(1) << 37) - 1, "an owner may do everything");
	cr_assert_neq(member, owner);
	cr_assert_str_eq(kit_sql(k, "SELECT kind, flags FROM permission_template ORDER BY kind"),
	    kit_print("member|%llu\nowner|%llu", (unsigned long long)member, (unsigned long long)owner));
	cr_assert_eq(member, PERMISSIONS_MEMBER);
}

Test(finish, terms_that_are_not_agreed_to_are_all_named)
{
	const char *token = proven_token(1);
	struct kit_reply r = kit_call(k, "POST /api/join/do",
	    kit_print("{\"token\":\"%s\",\"useAgree\":false,\"privateAgree\":false}", token));

	cr_assert_eq(r.status, 400);
	cr_assert_eq(kit_json_length(r.body, "errors"), 2);
	cr_assert_str_eq(kit_json_text(r.body, "errors.0.pointer"), "/useAgree");
	cr_assert_str_eq(kit_json_text(r.body, "errors.1.pointer"), "/privateAgree");
	r = kit_call(k, "POST /api/join/do", kit_print("{\"token\":\"%s\",\"useAgree\":true,\"privateAgree\":false}", token));
	cr_assert_eq(kit_json_length(r.body, "errors"), 1);
	cr_assert_str_eq(rows_made(), "0|0|0|0|0");
	cr_assert_eq(finish(token).status, 201, "the sign-up is still there");
}

Test(finish, twice_at_once_makes_one_user)
{
	struct kit_reply replies[8];

	at_once(8, replies, finish, proven_token(1));
	cr_assert_eq(count_status(replies, 8, 201), 1);
	cr_assert_eq(count_status(replies, 8, 410), 7);
	cr_assert_str_eq(rows_made(), "1|1|2|1|1");
}

Test(finish, of_two_sign_ups_with_one_phone_the_second_is_told_so)
{
	const char *first = proven_token(1), *second = token_of(1);

	kit_clock(k, 61);
	(void)ask_code(second);
	(void)give_code(second, next_code());
	cr_assert_eq(finish(first).status, 201);
	cr_assert_str_eq(finish(second).slug, "signup.phone_taken");
	cr_assert_str_eq(rows_made(), "1|1|2|1|1");
}

Test(finish, of_two_sign_ups_with_one_email_the_second_is_told_so)
{
	struct kit_reply r = kit_call(k, "POST /api/create/token",
	    kit_print("{\"phone\":\"%s\",\"email\":\"p1@example.com\",\"password\":\"" PASSWORD "\",\"name\":\"x\"}",
	    phone_number(2)));
	const char *first = proven_token(1), *second = kit_json_text(r.body, "token");

	(void)ask_code(second);
	(void)give_code(second, next_code());
	cr_assert_eq(finish(first).status, 201);
	cr_assert_str_eq(finish(second).slug, "signup.email_taken");
	cr_assert_str_eq(rows_made(), "1|1|2|1|1");
}

/* Each table in turn refuses its row; whatever came before it must be undone, the sign-up included. */
static const struct { const char *sql, *what; } breaks[] = {
	{ "ALTER TABLE company ADD CONSTRAINT broken CHECK (false)", "company" },
	{ "ALTER TABLE permission_template ADD CONSTRAINT broken CHECK (kind <> 'member')", "permission_template" },
	{ "ALTER TABLE membership ADD CONSTRAINT broken CHECK (false)", "membership" },
	{ "ALTER TABLE outbox ADD CONSTRAINT broken CHECK (type <> 'user.joined')", "outbox" },
};

Test(finish, what_breaks_on_the_way_leaves_nothing_behind)
{
	const char *token = proven_token(1);

	for (size_t i = 0; i < COUNT_OF(breaks); i++) {
		(void)kit_sql(k, "%s", breaks[i].sql);
		cr_assert_geq(finish(token).status, 400, "%s", breaks[i].what);
		cr_assert_str_eq(rows_made(), "0|0|0|0|0", "%s", breaks[i].what);
		(void)kit_sql(k, "ALTER TABLE %s DROP CONSTRAINT broken", breaks[i].what);
	}
	cr_assert_eq(finish(token).status, 201);
}

Test(finish, a_placeholder_has_a_subdomain_of_six_digits_and_a_code_of_its_own)
{
	for (int n = 1; n <= 5; n++)
		(void)join(n);
	cr_assert_str_eq(kit_sql(k,
	    "SELECT count(*), count(DISTINCT subdomain), count(DISTINCT code), bool_and(subdomain ~ '^[0-9]{6}$'), "
	    "bool_and(code ~ '^[0-9a-z]{11}$') FROM company"), "5|5|5|t|t");
}

struct making { struct uuid owner; const char *subdomains[3]; };

static const struct err *
make_company(struct req *rq, void *arg)
{
	const struct making *m = arg;
	struct text subdomains[3];
	int64_t rows;

	for (size_t i = 0; i < 3; i++)
		subdomains[i] = text_of(m->subdomains[i]);
	return sql_company_create(rq, &(struct sql_company_create_in){ .company_id = uuid_new(), .code = TEXT("abcdefghijk"),
		.subdomains = subdomains, .n_subdomains = 3, .owner_id = m->owner, .now = rq->now_us, .reset_at = rq->now_us,
		.owner_template = uuid_new(), .member_template = uuid_new() }, &rows);
}

Test(finish, a_subdomain_that_somebody_has_is_passed_over_in_order)
{
	struct person p = join(1);
	struct making m = { p.user, { kit_sql(k, "SELECT subdomain FROM company"), "0000001", "0000002" } };

	(void)kit_sql(k, "UPDATE membership SET state = 'dormant'");
	cr_assert_null(kit_part(k, TX_WRITE, make_company, &m));
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM company WHERE subdomain = '0000001'"), "1");
}
