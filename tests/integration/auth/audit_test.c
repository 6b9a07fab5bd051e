/* The audit log: what is written there stays as it is, who may read it, and what auth itself writes. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/audit/audit_events.gen.h"
#include "gen/proto/permissions.gen.h"
#include "tests/integration/auth/world.h"

TestSuite(audit, .init = world_open, .fini = world_close, .timeout = 60);

/* What billing would tell of a company. */
static struct audit_recorded_v1
refund(struct uuid company)
{
	return (struct audit_recorded_v1){ .audit_id = uuid_new(), .has_company_id = !uuid_is_nil(company),
		.company_id = company, .actor_type = TEXT("operator"), .has_actor_id = true, .actor_id = uuid_new(),
		.via = TEXT("POST /api/x"), .action = TEXT("payment.refunded"), .has_subject_id = true,
		.subject_id = uuid_new(), .has_after = true, .after = TEXT("{\"amountKrw\":1000}"), .at = clock_now_us(),
		.request_id = TEXT("r1") };
}

static void
hear(const struct audit_recorded_v1 *row)
{
	cr_assert_null(kit_hear(k, &billing_audit_recorded_v1_event, row->company_id, row));
}

static struct kit_reply
read_as_owner(struct uuid company, const char *query)
{
	struct kit_reply r;

	kit_as_user(k, uuid_new(), company, PERMISSION_COMPANY_TOTAL);
	r = kit_call(k, kit_print("GET /api/company/audit-log%s", query), NULL);
	cr_assert_eq(r.status, 200, "%s", r.body);
	return r;
}

static size_t
seen_by_operator(const char *query)
{
	struct kit_reply r;

	kit_as_operator(k);
	r = kit_call(k, kit_print("GET /api/audit-log%s", query), NULL);
	cr_assert_eq(r.status, 200, "%s", r.body);
	return kit_json_length(r.body, "items");
}

static const char *
only(const char *json)
{
	cr_assert_eq(kit_json_length(json, "items"), 1, "%s", json);
	return json;
}

/* Tries a statement as that role; the right to do it, or the trigger, must be missing. */
static void
refused(const char *role, const char *statement)
{
	kit_sql(k, "SET ROLE %s; DO $$ BEGIN %s; RAISE 'it was possible'; EXCEPTION WHEN insufficient_privilege THEN NULL; "
	    "END $$; RESET ROLE", role, statement);
}

Test(audit, nobody_changes_what_was_written)
{
	static const char *const roles[] = { "dure_auth", "dure_auth_owner", "postgres" };
	struct audit_recorded_v1 row = refund(uuid_new());

	hear(&row);
	for (size_t i = 0; i < COUNT_OF(roles); i++) {
		refused(roles[i], "UPDATE audit SET action = 'a.b'");
		refused(roles[i], "DELETE FROM audit");
		refused(roles[i], "TRUNCATE audit");
		refused(roles[i], "UPDATE audit_money SET action = 'a.b'");
	}
	refused("dure_auth", "DROP TRIGGER audit_append_only ON audit");
	refused("dure_auth", "ALTER TABLE audit DISABLE TRIGGER ALL");
	cr_assert_str_eq(kit_sql(k, "SELECT action, after->>'amountKrw' FROM audit"), "payment.refunded|1000");
}

Test(audit, an_event_that_comes_again_changes_nothing)
{
	struct audit_recorded_v1 row = refund(uuid_new());

	hear(&row);
	row.after = TEXT("{\"amountKrw\":9}");
	hear(&row);
	cr_assert_str_eq(kit_sql(k, "SELECT service, actor_type, subject_type, after->>'amountKrw' FROM audit"),
	    "billing|operator|payment|1000");
}

Test(audit, a_company_sees_its_own_and_operators_everything)
{
	struct uuid us = uuid_new();
	struct audit_recorded_v1 ours = refund(us), theirs = refund(uuid_new()), everybodys = refund((struct uuid){ { 0 } });
	struct kit_reply r;

	hear(&ours);
	hear(&theirs);
	hear(&everybodys);
	r = read_as_owner(us, "");
	cr_assert_str_eq(kit_json_text(only(r.body), "items.0.subjectId"), id_of(ours.subject_id));
	cr_assert_str_eq(kit_json_text(r.body, "items.0.after"), "{\"amountKrw\":1000}");
	cr_assert_null(kit_json_text(r.body, "items.0.before"));
	cr_assert_eq(kit_json_length(read_as_owner(us, kit_print("?subjectId=%s", id_of(theirs.subject_id))).body, "items"), 0);
	cr_assert_eq(kit_json_length(read_as_owner(uuid_new(), "").body, "items"), 0);
	cr_assert_eq(seen_by_operator(""), 3);
	cr_assert_eq(seen_by_operator(kit_print("?companyId=%s", id_of(us))), 1);
}

Test(audit, who_may_not_read_it_does_not)
{
	struct person who = join(1);

	kit_as_user(k, who.user, who.company, PERMISSIONS_OWNER & ~PERMISSION_COMPANY_TOTAL);
	cr_assert_eq(kit_call(k, "GET /api/company/audit-log", NULL).status, 403);
	cr_assert_eq(kit_call(k, "GET /api/audit-log", NULL).status, 403);
	kit_as_user(k, who.user, (struct uuid){ { 0 } }, PERMISSIONS_OWNER);
	cr_assert_eq(kit_call(k, "GET /api/company/audit-log", NULL).status, 403);
	kit_as_customer(k, who.user, who.company);
	cr_assert_eq(kit_call(k, "GET /api/company/audit-log", NULL).status, 403);
	kit_as_operator(k);
	cr_assert_eq(kit_call(k, "GET /api/company/audit-log", NULL).status, 403);
	kit_as_nobody(k);
	cr_assert_eq(kit_call(k, "GET /api/audit-log", NULL).status, 401);
}

Test(audit, it_is_filtered_and_paged)
{
	struct uuid us = uuid_new();
	struct audit_recorded_v1 rows[3];
	char at[TIME_CHARS + 1];
	struct kit_reply r;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		rows[i] = refund(us);
		rows[i].at += (int64_t)i * 1000000;
		if (i == 2)
			rows[i].action = TEXT("plan.opened");
		hear(&rows[i]);
	}
	time_print(rows[1].at, at);
	cr_assert_eq(seen_by_operator("?action=payment.refunded"), 2);
	cr_assert_eq(seen_by_operator("?subjectType=plan"), 1);
	cr_assert_eq(seen_by_operator(kit_print("?actorId=%s", id_of(rows[1].actor_id))), 1);
	cr_assert_eq(seen_by_operator(kit_print("?from=%s", at)), 2);
	cr_assert_eq(seen_by_operator(kit_print("?to=%s", at)), 1);
	r = read_as_owner(us, "?limit=2");
	cr_assert_eq(kit_json_length(r.body, "items"), 2);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.action"), "plan.opened");
	r = read_as_owner(us, kit_print("?limit=2&cursor=%s", kit_json_text(r.body, "nextCursor")));
	cr_assert_str_eq(kit_json_text(only(r.body), "items.0.subjectId"), id_of(rows[0].subject_id));
	cr_assert_str_eq(kit_json_text(r.body, "nextCursor"), "null");
}

Test(audit, who_signs_up_is_the_first_entry_of_the_company)
{
	struct person who = join(1);
	struct kit_reply r = read_as_owner(who.company, "");

	cr_assert_str_eq(kit_json_text(only(r.body), "items.0.action"), "membership.added");
	cr_assert_str_eq(kit_json_text(r.body, "items.0.subjectId"), id_of(who.user));
	cr_assert_str_eq(kit_json_text(r.body, "items.0.actorType"), "anyone");
	cr_assert_str_eq(kit_json_text(r.body, "items.0.via"), "POST /api/join/do");
	cr_assert_str_eq(kit_json_text(r.body, "items.0.service"), "auth");
}

/* Its secret is nowhere; that it ends a second time is no change. */
Test(audit, event_keys_are_told_without_their_secrets)
{
	struct kit_reply made;
	const char *id;

	kit_as_operator(k);
	made = kit_call(k, "POST /api/event-keys", "{\"name\":\"ledger\",\"types\":[\"payment.settled\"]}");
	id = kit_json_text(made.body, "keyId");
	cr_assert_eq(kit_call(k, kit_print("POST /api/event-keys/%s/secrets", id), "{\"overlapSeconds\":60}").status, 201);
	cr_assert_eq(kit_call(k, kit_print("DELETE /api/event-keys/%s", id), NULL).status, 204);
	cr_assert_eq(kit_call(k, kit_print("DELETE /api/event-keys/%s", id), NULL).status, 204);
	cr_assert_str_eq(kit_sql(k, "SELECT string_agg(action, ' ' ORDER BY id) FROM audit WHERE subject_id = '%s' AND "
	    "actor_type = 'operator' AND actor_id IS NOT NULL", id), "event_key.created event_key.rotated event_key.revoked");
	cr_assert_str_eq(kit_sql(k, "SELECT after FROM audit WHERE action = 'event_key.created'"),
	    "{\"name\": \"ledger\", \"types\": [\"payment.settled\"]}");
	cr_assert_str_eq(kit_sql(k, "SELECT before FROM audit WHERE action = 'event_key.revoked'"), "{\"name\": \"ledger\"}");
}

/* A change that is rolled back leaves no entry. */
Test(audit, what_did_not_happen_is_not_there)
{
	kit_as_operator(k);
	cr_assert_eq(kit_call(k, "POST /api/event-keys", kit_print("{\"name\":\"ledger\",\"types\":[\"payment.settled\"],"
	    "\"companyId\":\"%s\"}", id_of(uuid_new()))).status, 422);
	cr_assert_eq(seen_by_operator(""), 0);
}
