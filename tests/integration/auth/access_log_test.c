/* The access log: what the gateway sends stands there once, is seen by whom it concerns, and goes in time. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/services/auth/access_log/list.sql.h"
#include "tests/integration/auth/world.h"

TestSuite(access_log, .init = world_open, .fini = world_close, .timeout = 120);

static struct uuid us, them, session;

static const char *
seconds_ago(int64_t s)
{
	char at[TIME_CHARS + 1];

	time_print(clock_now_us() - seconds_us(s), at);
	return kit_print("%s", at);
}

static const char *
row(const char *request, const char *at, struct uuid user, int status, const char *ip)
{
	return kit_print("{\"requestId\":\"%s\",\"at\":\"%s\",%s\"sessionId\":\"%s\",\"method\":\"GET\",\"path\":\"/api/me\","
	    "\"status\":%d,\"durationUs\":1234,\"ip\":\"%s\",\"agent\":\"테스트/1.0\"}", request, at,
	    uuid_is_nil(user) ? "" : kit_print("\"userId\":\"%s\",", id_of(user)), id_of(session), status, ip);
}

static int
record(const char *rows)
{
	struct kit_reply r;

	kit_as_service(k);
	r = kit_call(k, "POST /internal/access-log", kit_print("{\"rows\":[%s]}", rows));
	kit_as_nobody(k);
	return r.status;
}

static struct kit_reply
seen(enum who who, struct uuid user, const char *query)
{
	struct kit_reply r;

	kit_as(k, (struct kit_who){ .who = who, .user = user, .session = session });
	r = kit_call(k, kit_print("GET /api/access-log%s", query), NULL);
	kit_as_nobody(k);
	return r;
}

static size_t
count(enum who who, struct uuid user, const char *query)
{
	struct kit_reply r = seen(who, user, query);

	cr_assert_eq(r.status, 200, "%s: %s", query, r.body);
	return kit_json_length(r.body, "items");
}

/* Five requests: three of ours (one of them failed), one of theirs, one of nobody's. */
static void
five_requests(void)
{
	us = uuid_new();
	them = uuid_new();
	session = uuid_new();
	cr_assert_eq(record(kit_print("%s,%s,%s,%s,%s", row("r1", seconds_ago(50), us, 200, "192.0.2.1"),
	    row("r2", seconds_ago(40), us, 404, "192.0.2.1"), row("r3", seconds_ago(30), us, 200, "192.0.2.2"),
	    row("r4", seconds_ago(20), them, 200, "192.0.2.1"), row("r5", seconds_ago(10), (struct uuid){ { 0 } }, 401,
	    "192.0.2.9"))), 204);
}

/* As the gateway sends them: two rows, the second of nobody. */
static int
record_columns(const char *again, int64_t at_us, const char *request_ids)
{
	const char *nil = "00000000-0000-0000-0000-000000000000";
	struct kit_reply r;

	kit_as_service(k);
	r = kit_call(k, "POST /internal/access-log", kit_print("{%s\"columns\":{\"requestId\":[%s],\"at\":[%lld,%lld],"
	    "\"userId\":[\"%s\",\"%s\"],\"companyId\":[\"%s\",\"%s\"],\"sessionId\":[\"%s\",\"%s\"],\"method\":[\"GET\",\"PUT\"],"
	    "\"path\":[\"/api/me\",\"/api/you\"],\"status\":[200,401],\"durationUs\":[1,2],\"ip\":[\"192.0.2.1\",\"192.0.2.2\"],"
	    "\"agent\":[\"a\",\"\"]}}", again, request_ids, (long long)at_us, (long long)at_us + 1000000,
	    id_of(us), nil, nil, nil, id_of(session), nil));
	kit_as_nobody(k);
	return r.status;
}

Test(access_log, rows_that_come_by_column_are_kept_as_rows)
{
	const char *seen_by_all;

	us = uuid_new();
	session = uuid_new();
	cr_assert_eq(record_columns("", clock_now_us() - 2000000, "\"c1\",\"c2\""), 204);
	seen_by_all = seen(WHO_OPERATOR, us, "").body;
	cr_assert_eq(kit_json_length(seen_by_all, "items"), 2);
	cr_assert_str_eq(kit_json_text(seen_by_all, "items.0.requestId"), "c2");
	cr_assert_null(kit_json_text(seen_by_all, "items.0.userId"));
	cr_assert_eq(kit_json_i64(seen_by_all, "items.0.status"), 401);
	cr_assert_str_eq(kit_json_text(seen_by_all, "items.1.path"), "/api/me");
	cr_assert_str_eq(kit_json_text(seen_by_all, "items.1.userId"), id_of(us));
	cr_assert_str_eq(kit_json_text(seen_by_all, "items.1.sessionId"), id_of(session));
}

Test(access_log, a_row_that_is_here_is_a_conflict_unless_it_may_be)
{
	int64_t at_us = clock_now_us() - 5000000;

	us = uuid_new();
	session = uuid_new();
	cr_assert_eq(record_columns("", at_us, "\"c1\",\"c2\""), 204);
	cr_assert_eq(record_columns("", at_us, "\"c1\",\"c3\""), 409);
	cr_assert_eq(count(WHO_OPERATOR, us, ""), 2, "none of them is kept");
	cr_assert_eq(record_columns("\"again\":true,", at_us, "\"c1\",\"c3\""), 204);
	cr_assert_eq(count(WHO_OPERATOR, us, ""), 3);
}

Test(access_log, columns_of_different_lengths_and_none_at_all_are_refused)
{
	us = uuid_new();
	cr_assert_eq(record_columns("", clock_now_us(), "\"c1\""), 400);
	cr_assert_eq(record_columns("", clock_now_us(), "\"c1\",\"c2\",\"c3\""), 400);
	kit_as_service(k);
	cr_assert_eq(kit_call(k, "POST /internal/access-log", "{}").status, 400);
	kit_as_nobody(k);
	cr_assert_eq(count(WHO_OPERATOR, us, ""), 0);
}

Test(access_log, a_row_is_kept_as_it_came_and_shown_newest_first)
{
	struct kit_reply r;

	five_requests();
	r = seen(WHO_OPERATOR, us, "");
	cr_assert_eq(kit_json_length(r.body, "items"), 5);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.requestId"), "r5");
	cr_assert_null(kit_json_text(r.body, "items.0.userId"));
	cr_assert_str_eq(kit_json_text(r.body, "items.4.requestId"), "r1");
	cr_assert_str_eq(kit_json_text(r.body, "items.4.userId"), id_of(us));
	cr_assert_str_eq(kit_json_text(r.body, "items.4.agent"), "테스트/1.0");
	cr_assert_eq(kit_json_i64(r.body, "items.4.durationUs"), 1234);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM access_log WHERE company_id IS NULL AND path = '/api/me'"), "5");
}

Test(access_log, a_batch_that_comes_again_changes_nothing)
{
	const char *again, *at;

	five_requests();
	at = seconds_ago(5);
	again = kit_print("%s,%s", row("r6", at, us, 200, "192.0.2.1"), row("r7", at, us, 200, "192.0.2.1"));
	cr_assert_eq(record(again), 204);
	cr_assert_eq(record(kit_print("%s,%s", again, row("r8", at, us, 200, "192.0.2.1"))), 204);
	cr_assert_eq(record(kit_print("%s,%s", row("r8", at, us, 500, "::1"), row("r8", at, us, 500, "::1"))), 204);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*), count(*) FILTER (WHERE status = 500) FROM access_log"), "8|0");
}

/* Who chooses the request id chooses no row that is missing. */
Test(access_log, a_request_id_used_twice_at_two_times_is_two_requests)
{
	five_requests();
	cr_assert_eq(record(row("r1", seconds_ago(1), them, 200, "192.0.2.1")), 204);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM access_log WHERE request_id = 'r1'"), "2");
}

Test(access_log, users_see_their_own_and_operators_all)
{
	struct kit_reply r;

	five_requests();
	cr_assert_eq(count(WHO_STAFF, us, ""), 3);
	cr_assert_eq(count(WHO_STAFF, us, kit_print("?userId=%s", id_of(us))), 3);
	cr_assert_eq(count(WHO_STAFF, uuid_new(), ""), 0);
	r = seen(WHO_STAFF, us, kit_print("?userId=%s", id_of(them)));
	cr_assert_eq(r.status, 403);
	cr_assert_str_eq(r.slug, "access_log.others");
	cr_assert_eq(count(WHO_OPERATOR, us, kit_print("?userId=%s", id_of(them))), 1);
	cr_assert_eq(seen(WHO_ANYONE, us, "").status, 401);
	cr_assert_eq(seen(WHO_CUSTOMER, us, "").status, 403);
}

Test(access_log, filters_narrow_it_down)
{
	five_requests();
	cr_assert_eq(count(WHO_OPERATOR, us, "?ip=192.0.2.1"), 3);
	cr_assert_eq(count(WHO_OPERATOR, us, "?status=401"), 1);
	cr_assert_eq(count(WHO_STAFF, us, "?status=404&ip=192.0.2.1"), 1);
	cr_assert_eq(count(WHO_OPERATOR, us, kit_print("?sessionId=%s", id_of(session))), 5);
	cr_assert_eq(count(WHO_OPERATOR, us, kit_print("?sessionId=%s", id_of(us))), 0);
	cr_assert_eq(count(WHO_OPERATOR, us, kit_print("?from=%s&to=%s", seconds_ago(45), seconds_ago(15))), 3);
	cr_assert_eq(count(WHO_STAFF, us, kit_print("?from=%s", seconds_ago(35))), 1);
	cr_assert_eq(seen(WHO_OPERATOR, us, "?status=42").status, 400);
	cr_assert_eq(seen(WHO_OPERATOR, us, "?from=yesterday").status, 400);
}

Test(access_log, pages_follow_one_another_without_a_gap)
{
	struct kit_reply r;

	five_requests();
	r = seen(WHO_STAFF, us, "?limit=2");
	cr_assert_eq(kit_json_length(r.body, "items"), 2);
	cr_assert_str_eq(kit_json_text(r.body, "items.1.requestId"), "r2");
	cr_assert_eq(record(row("r9", seconds_ago(1), us, 200, "192.0.2.1")), 204);
	r = seen(WHO_STAFF, us, kit_print("?limit=2&cursor=%s", kit_json_text(r.body, "nextCursor")));
	cr_assert_eq(kit_json_length(r.body, "items"), 1);
	cr_assert_str_eq(kit_json_text(r.body, "items.0.requestId"), "r1");
	cr_assert_str_eq(kit_json_text(r.body, "nextCursor"), "null");
}

Test(access_log, only_services_write_and_only_what_the_contract_says)
{
	us = session = uuid_new();
	kit_as(k, (struct kit_who){ .who = WHO_OPERATOR, .user = us, .session = session });
	cr_assert_eq(kit_call(k, "POST /internal/access-log", "{\"rows\":[]}").status, 403);
	kit_as_nobody(k);
	cr_assert_eq(kit_call(k, "POST /internal/access-log", "{\"rows\":[]}").status, 401);
	cr_assert_eq(record(""), 400, "an empty batch");
	cr_assert_eq(record(row("r 1", seconds_ago(1), us, 200, "::1")), 400);
	cr_assert_eq(record(row("r1", seconds_ago(1), us, 99, "::1")), 400);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM access_log"), "0");
}

Test(access_log, five_hundred_rows_are_one_statement)
{
	const char *rows = "";

	us = session = uuid_new();
	for (int i = 0; i < 500; i++)
		rows = kit_print("%s%s%s", rows, i > 0 ? "," : "", row(kit_print("r%d", i), seconds_ago(1), us, 200, "::1"));
	cr_assert_eq(record(rows), 204);
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM access_log"), "500");
	cr_assert_eq(record(kit_print("%s,%s", rows, row("r500", seconds_ago(1), us, 200, "::1"))), 400, "one more");
}

Test(access_log, what_is_too_old_goes_at_night)
{
	us = session = uuid_new();
	cr_assert_eq(record(kit_print("%s,%s", row("old", seconds_ago(90 * 24 * 3600 + 1), us, 200, "::1"),
	    row("young", seconds_ago(90 * 24 * 3600 - 60), us, 200, "::1"))), 204);
	cr_assert_null(kit_job(k, "access_log_reap", "2026-01-02", ""));
	cr_assert_str_eq(kit_sql(k, "SELECT request_id FROM access_log"), "young");
}

/* How PostgreSQL reads a page for the tenth time: by then it keeps plans that it thinks good for all parameters. */
static const char *
tenth_plan(const char *user)
{
	const char *page = kit_print("page(%s, 'ffffffff-ffff-7fff-bfff-ffffffffffff', '00000000-0000-7000-8000-000000000000', "
	    "NULL, NULL, NULL, 20)", user), *all = kit_print("PREPARE page AS %s;", sql_access_log_page_stmt.text);

	for (int i = 0; i < 9; i++)
		all = kit_print("%s EXPLAIN EXECUTE %s;", all, page);
	return kit_sql(k, "%s EXPLAIN EXECUTE %s", all, page);
}

Test(access_log, however_long_it_is_a_page_is_read_by_an_index)
{
	const char *plan;

	(void)kit_sql(k, "INSERT INTO access_log SELECT gen_random_uuid(), 'r', 'epoch', gen_random_uuid(), NULL, NULL, 'GET', "
	    "'/', 200, 1, '::1', '' FROM generate_series(1, 20000); ANALYZE access_log");
	plan = tenth_plan(kit_print("'%s'", id_of(uuid_new())));
	cr_assert(strstr(plan, "access_log_by_user") != NULL && strstr(plan, "Sort") == NULL, "%s", plan);
	plan = tenth_plan("NULL");
	cr_assert(strstr(plan, "Index Scan Backward using access_log_pkey") != NULL && strstr(plan, "Sort") == NULL, "%s", plan);
}
