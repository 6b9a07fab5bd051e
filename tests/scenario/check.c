/* dure-check must be able to fail: each kind of damage is planted into sound books, and it finds that and nothing else. */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include "tests/kit/suite.h"
#include "tests/scenario/customer/customer.h"

/* What is done to the books and which rules must see it. %O stands for the first order, %U for the buyer, %P for the
 * payment, %C for the claimed coupon, %X for an id that nobody has. about: what the finding names. */
struct damage { const char *what, *service, *sql, *rules, *about; };

#define NOBODY  "0192aaaa-0000-7000-8000-00000000dead"

static const struct damage damages[] = {
	{ "an order's total is more than its lines", "commerce",
	    "ALTER TABLE orders DROP CONSTRAINT IF EXISTS order_sum; UPDATE orders SET total_krw = total_krw + 1 WHERE id = '%O'",
	    "order_sums", "%O" },
	{ "a line is gone", "commerce", "DELETE FROM order_item WHERE order_id <> '%O'", "order_sums order_parts", NULL },
	{ "more was paid than debited", "commerce", "ALTER TABLE orders DROP CONSTRAINT IF EXISTS order_sum; "
	    "UPDATE orders SET paid_krw = paid_krw + 1 WHERE id = '%O'", "order_sums order_parts", "%O" },
	{ "an order without its debit", "commerce", "WITH gone AS (DELETE FROM point_entry WHERE source_id = '%O' "
	    "RETURNING user_id, amount_krw) UPDATE point_account a SET balance_krw = a.balance_krw - g.amount_krw "
	    "FROM gone g WHERE a.user_id = g.user_id", "order_parts", "%O" },
	{ "a debit without its order", "commerce", "WITH more AS (INSERT INTO point_entry (id, user_id, company_id, kind, "
	    "amount_krw, balance_krw, source_id, created_at) SELECT '%X', user_id, company_id, 'order', -10, 0, '%X', "
	    "created_at FROM point_entry WHERE source_id = '%O' RETURNING user_id) UPDATE point_account a SET balance_krw = "
	    "a.balance_krw - 10 FROM more m WHERE a.user_id = m.user_id", "order_parts", NOBODY },
	{ "an order that left the stock alone", "commerce", "WITH gone AS (DELETE FROM stock_movement WHERE source_id = '%O' "
	    "RETURNING product_id, delta) UPDATE product p SET stock = p.stock - g.delta FROM gone g WHERE p.id = g.product_id",
	    "order_parts", "%O" },
	{ "an order without a parcel", "commerce", "DELETE FROM shipping WHERE order_id = '%O'", "order_parts", "%O" },
	{ "a parcel that moved by itself", "commerce", "UPDATE shipping SET status = 'delivered' WHERE order_id = '%O'",
	    "order_parts", "%O" },
	{ "a used coupon that is free again", "commerce", "UPDATE registered_coupon SET used_at = NULL, order_id = NULL "
	    "WHERE order_id = '%O'", "order_parts", "%O" },
	{ "an order that says less was given back", "commerce", "UPDATE orders SET refunded_krw = refunded_krw - 1 "
	    "WHERE id = '%O'", "refund_sums", "%O" },
	{ "an order given back as a whole that does not say so", "commerce", "UPDATE order_item SET refunded_quantity = quantity "
	    "WHERE order_id = '%O'", "refund_sums", "%O" },
	{ "a refund that was never credited", "commerce", "WITH gone AS (DELETE FROM point_entry WHERE kind = 'refund' "
	    "RETURNING user_id, amount_krw) UPDATE point_account a SET balance_krw = a.balance_krw - g.amount_krw FROM gone g "
	    "WHERE a.user_id = g.user_id", "refund_sums", NULL },
	{ "a refund whose goods never came back", "commerce", "WITH gone AS (DELETE FROM stock_movement WHERE kind = 'return' "
	    "RETURNING product_id, delta) UPDATE product p SET stock = p.stock - g.delta FROM gone g WHERE p.id = g.product_id",
	    "refund_sums", NULL },
	{ "an order that came to its state by itself", "commerce", "DELETE FROM order_move WHERE order_id = '%O'",
	    "refund_sums", "%O" },
	{ "a refund that was never told", "commerce", "UPDATE outbox SET type = 'order.whispered' WHERE type = 'order.refunded'",
	    "order_events", NULL },
	{ "stock that nothing explains", "commerce", "UPDATE product SET stock = stock + 1 WHERE id = "
	    "(SELECT product_id FROM order_item WHERE order_id = '%O')", "stock_ledger", NULL },
	{ "stock below zero", "commerce", "ALTER TABLE product DROP CONSTRAINT IF EXISTS product_stock; "
	    "INSERT INTO stock_movement (product_id, source_id, kind, delta, created_at) SELECT product_id, '%X', 'receipt', -99, "
	    "created_at FROM stock_movement WHERE source_id = '%O'; UPDATE product SET stock = stock - 99 WHERE id = "
	    "(SELECT product_id FROM order_item WHERE order_id = '%O')", "stock_ledger", NULL },
	{ "a coupon given out more often than it counts", "commerce", "UPDATE coupon SET registered = 0",
	    "coupon_counts", NULL },
	{ "a coupon given out more often than it may be", "commerce", "ALTER TABLE coupon DROP CONSTRAINT IF EXISTS coupon_cap; "
	    "INSERT INTO registered_coupon (id, coupon_id, user_id, company_id, "
	    "valid_until, registered_at, nth, claim) SELECT '%X', coupon_id, '%X', company_id, valid_until, registered_at, nth, "
	    "claim FROM registered_coupon WHERE id = '%C'; UPDATE coupon SET registered = 2, total_cap = 1",
	    "coupon_counts", NULL },
	{ "a user who has more of a coupon than he may", "commerce", "INSERT INTO registered_coupon (id, coupon_id, user_id, "
	    "company_id, valid_until, registered_at, nth, claim) SELECT '%X', coupon_id, user_id, company_id, valid_until, "
	    "registered_at, 2, claim FROM registered_coupon WHERE id = '%C'; UPDATE coupon SET registered = 2",
	    "coupon_counts", "%U" },
	{ "a code that counts what nobody claimed", "commerce", "INSERT INTO coupon_code (id, coupon_id, code, uses_most, uses, "
	    "created_by, created_at) SELECT '%X', coupon_id, '0123456789ABCDEF', 1, 1, '%X', registered_at FROM registered_coupon "
	    "WHERE id = '%C'", "coupon_counts", NOBODY },
	{ "one coupon used by two orders", "commerce", "UPDATE orders SET registered_coupon_id = '%C'",
	    "coupon_counts order_parts", "%C" },
	{ "a balance that nothing explains", "commerce", "UPDATE point_account SET balance_krw = balance_krw + 1 "
	    "WHERE user_id = '%U'", "points_ledger", "%U" },
	{ "a balance below zero", "commerce", "ALTER TABLE point_account DROP CONSTRAINT IF EXISTS point_balance; "
	    "UPDATE point_account SET balance_krw = -1 WHERE user_id = '%U'", "points_ledger", "%U" },
	{ "a charge that was credited twice", "commerce", "ALTER TABLE point_entry DROP CONSTRAINT IF EXISTS point_entry_source; "
	    "WITH more AS (INSERT INTO point_entry (id, user_id, company_id, kind, amount_krw, balance_krw, source_id, created_at) "
	    "SELECT '%X', user_id, company_id, kind, amount_krw, balance_krw, source_id, created_at FROM point_entry "
	    "WHERE source_id = '%P' RETURNING user_id, amount_krw) UPDATE point_account a SET balance_krw = "
	    "a.balance_krw + m.amount_krw FROM more m WHERE a.user_id = m.user_id",
	    "points_sources payments_points order_events", "%P" },
	{ "a charge that was never credited", "commerce", "WITH gone AS (DELETE FROM point_entry WHERE source_id = '%P' "
	    "RETURNING user_id, amount_krw) UPDATE point_account a SET balance_krw = 0 FROM gone g WHERE a.user_id = g.user_id",
	    "points_ledger payments_points order_events", "%P" },
	{ "a payment whose state nobody recorded", "billing", "UPDATE payment SET status = 'refunded' WHERE id = '%P'",
	    "payment_states cancel_sums", "%P" },
	{ "a payment that is paid here and not there", "billing", "UPDATE payment SET order_id = 'elsewhere' WHERE id = '%P'",
	    "payments_captured", "elsewhere" },
	{ "a payment of another amount than was captured", "billing", "UPDATE payment SET amount_krw = amount_krw - 1 "
	    "WHERE id = '%P'", "payments_captured payments_points", "%P" },
	{ "a payment that nobody decides", "billing", "UPDATE payment SET status = 'unknown', created_at = created_at - "
	    "interval '2 hours' WHERE id = '%P'; INSERT INTO payment_move (payment_id, status, reason, moved_at) "
	    "SELECT id, 'unknown', 'planted', created_at FROM payment WHERE id = '%P'", "payments_stale cancel_sums", "%P" },
	{ "an intent that never expires", "billing", "INSERT INTO payment (id, order_id, user_id, company_id, purpose, "
	    "amount_krw, status, provider, created_at, expires_at) SELECT '%X', 'x', user_id, company_id, purpose, 1, 'created', "
	    "provider, created_at, created_at - interval '2 hours' FROM payment WHERE id = '%P'; "
	    "INSERT INTO payment_move (payment_id, status, reason, moved_at) SELECT id, status, 'planted', created_at "
	    "FROM payment WHERE id = '%X'", "payments_stale", NOBODY },
	{ "an order that was never told", "commerce", "UPDATE outbox SET type = 'order.whispered' WHERE id = "
	    "(SELECT min(id) FROM outbox WHERE type = 'order.placed')", "order_events", "%O" },
	{ "an order that was told twice", "commerce", "INSERT INTO outbox (event_id, type, version, occurred_at, tenant, key, "
	    "partition, traceparent, payload, is_public) SELECT '%X', type, version, occurred_at, tenant, key, partition, "
	    "traceparent, payload, is_public FROM outbox WHERE type = 'order.placed' ORDER BY id LIMIT 1",
	    "order_events event_numbers", "%O" },
	{ "a payment that was told without having happened", "billing", "UPDATE payment_move SET status = 'unknown' "
	    "WHERE payment_id = '%P' AND status = 'paid'", "payment_events", "%P" },
	{ "more went back than the payment knows", "billing", "UPDATE payment SET refunded_krw = refunded_krw - 1 WHERE id = '%P'",
	    "cancel_sums payments_captured", "%P" },
	{ "a part went back whose points were never taken", "commerce", "WITH gone AS (DELETE FROM point_entry "
	    "WHERE kind = 'cancel' RETURNING user_id, amount_krw) UPDATE point_account a SET balance_krw = "
	    "a.balance_krw - g.amount_krw FROM gone g WHERE a.user_id = g.user_id", "cancels_points order_events", NULL },
	{ "a part went back and its points came back too", "commerce", "WITH more AS (INSERT INTO point_entry (id, user_id, "
	    "company_id, kind, amount_krw, balance_krw, source_id, created_at) SELECT '%X', user_id, company_id, 'cancel_failed', "
	    "-amount_krw, 0, source_id, created_at FROM point_entry WHERE kind = 'cancel' "
	    "RETURNING user_id, amount_krw) UPDATE point_account a SET balance_krw = a.balance_krw + m.amount_krw FROM more m "
	    "WHERE a.user_id = m.user_id", "cancels_points order_events", NULL },
	{ "a part that nobody ends", "billing", "UPDATE cancellation SET status = 'held', ended_at = NULL, cancelled_at = NULL, "
	    "requested_at = requested_at - interval '2 hours'",
	    "payments_stale cancel_sums payment_events audited_payments", NULL },
	{ "a part that was never told", "billing", "UPDATE outbox SET type = 'payment.whispered' WHERE type = 'payment.refunded'",
	    "payment_events", NULL },
	{ "a refund that the audit log lacks", "auth", "DELETE FROM audit WHERE action = 'order.refunded'",
	    "audited_shop", NULL },
	{ "a grant of points that nobody has made", "auth", "INSERT INTO audit (id, at, service, actor_type, via, action, "
	    "subject_type, after, request_id) SELECT '%X', at, service, actor_type, via, 'points.granted', 'points', "
	    "'{\"id\":\"%X\",\"amountKrw\":5}', request_id FROM audit LIMIT 1", "audited_shop", NOBODY },
	{ "a payment's refund of another amount in the audit log", "auth", "UPDATE audit SET after = after || "
	    "'{\"amountKrw\":7}' WHERE action = 'payment.refunded'", "audited_payments", NULL },
	{ "a hole in the numbers", "commerce", "DELETE FROM outbox WHERE type = 'order.placed'",
	    "event_numbers order_events", NULL },
	{ "an event that nobody numbers", "auth", "UPDATE outbox SET seq = NULL WHERE type = 'user.joined'",
	    "event_numbers", NULL },
	{ "an event that somebody has not heard", "notification", "UPDATE inbox_cursor SET seq = seq - 1 WHERE seq > 0",
	    "events_heard", NULL },
	{ "an event that could not be handled", "messaging", "INSERT INTO inbox_parked (event_id, publisher, partition, seq, key, "
	    "type, envelope, reason, tries, parked_at) VALUES ('%X', 'commerce', 0, 1, '%X', 'order.placed', '', 'planted', 5, "
	    "to_timestamp(0))", "events_parked", NOBODY },
	{ "an order of another company", "commerce", "UPDATE orders SET company_id = '%X' WHERE id = '%O'", "tenants", "%O" },
	{ "somebody else's coupon", "commerce", "UPDATE registered_coupon SET user_id = '%X' WHERE id = '%C'", "tenants", "%O" },
};

static const char *
filled(const struct play *p, const char *text)
{
	const char *out = "";

	while (*text != '\0') {
		size_t n = strcspn(text, "%");
		const char *id = text[n] == '\0' ? "" : text[n + 1] == 'O' ? p->order : text[n + 1] == 'U' ? p->buyer.id :
		    text[n + 1] == 'P' ? p->payment : text[n + 1] == 'C' ? p->registered : NOBODY;

		out = kit_print("%s%.*s%s", out, (int)n, text, id);
		text += n + (text[n] != '\0' ? 2 : 0);
	}
	return out;
}

/* The checker's own address of another database. */
static void
point_to(struct suite *s, const char *database)
{
	const char *path = kit_print("%s/secrets/check_database_url", s->dir), *url = kit_read_file(path);
	const char *name = strstr(url, "@/") + 2;

	kit_write_file(path, kit_print("%.*s%s%s", (int)(name - url), url, database, strchr(name, '?')));
}

static const char *
judged(struct suite *s, int *status)
{
	return suite_run(s, status, "check", "--json", "--wait", "0");
}

/* "name name …" of the rules that found something. */
static const char *
found_by(const char *json)
{
	const char *names = "";

	for (size_t i = 0, n = kit_json_length(json, "rules"); i < n; i++)
		if (strcmp(kit_json_text(json, kit_print("rules.%zu.outcome", i)), "findings") == 0)
			names = kit_print("%s%s ", names, kit_json_text(json, kit_print("rules.%zu.name", i)));
	return names;
}

/* Every rule that found something was meant to, and the other way round. */
static bool
same_words(const char *found, const char *wanted)
{
	const char *all = kit_print("%s ", wanted);

	for (const char *w = all; *w != '\0'; w += strcspn(w, " ") + 1)
		if (strstr(found, kit_print("%.*s ", (int)strcspn(w, " "), w)) == NULL)
			return false;
	return strlen(found) == strlen(all);
}

/* Every table of a service as it is now, to go back to; a database copied for each damage would cost a second each. */
static void
keep(struct suite *s, const char *service)
{
	suite_sql(s, service, "CREATE SCHEMA sound_%s; DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables "
	    "WHERE schemaname = '%s' LOOP EXECUTE format('CREATE TABLE sound_%s.%%I AS TABLE %s.%%I', t, t); END LOOP; END $$",
	    service, service, service, service);
}

/* Constraints that a damage has dropped stay away: they would only keep the next one from being planted. */
static void
restore(struct suite *s, const char *service)
{
	suite_sql(s, service, "SET session_replication_role = replica; DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename "
	    "FROM pg_tables WHERE schemaname = '%s' LOOP EXECUTE format('DELETE FROM %s.%%I', t); EXECUTE format('INSERT INTO "
	    "%s.%%I OVERRIDING SYSTEM VALUE SELECT * FROM sound_%s.%%I', t, t); END LOOP; END $$", service, service, service,
	    service);
}

static void
plant(struct play *p, const struct damage *d)
{
	struct suite *s = p->suite;
	const char *said, *found;
	int status;

	suite_sql(s, d->service, "SET session_replication_role = replica; %s", filled(p, d->sql));
	said = judged(s, &status);
	cr_expect_eq(status, 1, "%s: %d: %s", d->what, status, said);
	found = found_by(said);
	cr_expect(same_words(found, d->rules), "%s: wanted %s, found by %s: %s", d->what, d->rules, found, said);
	cr_expect(d->about == NULL || strstr(said, filled(p, d->about)) != NULL, "%s: not named in %s", d->what, said);
	restore(s, d->service);
}

/* Money that the provider took and that nobody here knows of. */
static void
capture_behind_our_back(struct play *p)
{
	const char *sandbox = suite_url(p->suite, "sandbox"), *said;
	const char *key_there = agree(p, "nobody-knows-this-order", 1000);
	int status;

	want(200, kit_http(p->suite, "POST", kit_print("%s/v1/payments/confirm", sandbox),
	    kit_print("{\"paymentKey\":\"%s\",\"orderId\":\"nobody-knows-this-order\",\"amount\":1000}", key_there),
	    "Authorization: Basic dGVzdF9za19zYW5kYm94Og=="));
	said = judged(p->suite, &status);
	cr_expect_eq(status, 1);
	cr_expect_str_eq(found_by(said), "payments_captured ");
	cr_expect_not_null(strstr(said, "nobody-knows-this-order"));
}

static void
acknowledge(struct play *p)
{
	const char *path = kit_print("%s/acked", suite_dir(p->suite)), *said;
	int status;

	suite_check_acked(p->suite, kit_print("%s\n%s\n", p->order, p->second_order));
	kit_write_file(path, kit_print("%s\n%s\n", p->order, NOBODY));
	said = suite_run(p->suite, &status, "check", "--json", "--wait", "0", "--acked", path);
	cr_expect_eq(status, 1);
	cr_expect_str_eq(found_by(said), "acked_orders ");
	cr_expect_not_null(strstr(said, NOBODY));
}

/* A piece of the first order, back into the stock. */
static void
give_one_back(struct play *p)
{
	struct kit_reply r = want(200, kit_http(p->suite, "GET", kit_print("/api/orders/%s", p->order), NULL, as(&p->seller)));

	want(201, kit_http(p->suite, "POST", kit_print("/api/orders/%s/refunds", p->order),
	    "{\"lines\":[{\"lineNo\":1,\"quantity\":1}],\"reason\":\"파손\",\"restock\":true}", as(&p->seller), key(p, "refund"),
	    kit_print("If-Match: %s", kit_header(&r, "ETag"))));
}

static void
give_part_of_the_charge_back(struct play *p)
{
	want(201, kit_http(p->suite, "POST", kit_print("/api/payments/%s/cancellations", p->payment),
	    "{\"amountKrw\":1000,\"reason\":\"변심\"}", as(&p->buyer), key(p, "cancel")));
	kit_until(PATIENCE * PROMISED_MS, strcmp(suite_sql(p->suite, "billing", "SELECT status FROM payment WHERE id = '%s'",
	    p->payment), "partially_refunded") == 0);
}

static const char *const services[] = { "gateway", "auth", "billing", "messaging", "commerce", "notification" };

static void
stop_services(struct suite *s)
{
	for (size_t i = 0; i < COUNT_OF(services); i++)
		suite_kill(s, services[i], SIGTERM);
	for (size_t i = 0; i < COUNT_OF(services); i++)
		cr_assert_eq(suite_stop(s, services[i]), 0);
}

Test(check, finds_each_kind_of_damage_and_names_who_suffered_it, .timeout = 120)
{
	struct suite *s = suite_start(SUITE_NOT_CHECKED);
	struct play *p = play_new(s, 1);
	const char *said;
	int status;

	play_all(p);
	give_one_back(p);
	give_part_of_the_charge_back(p);
	suite_check(s);
	acknowledge(p);
	stop_services(s);
	for (size_t i = 1; i < COUNT_OF(services); i++)
		keep(s, services[i]);
	for (size_t i = 0; i < COUNT_OF(damages); i++)
		plant(p, &damages[i]);
	said = judged(s, &status);
	cr_assert_eq(status, 0, "%s", said);
	capture_behind_our_back(p);
	play_close(&p);
	suite_close(&s);
}

/* What it cannot read it does not call sound. */
Test(check, says_so_when_it_cannot_look, .timeout = 120)
{
	struct suite *s = suite_start(SUITE_NOT_CHECKED);
	int status;

	point_to(s, "no_such_database");
	(void)judged(s, &status);
	cr_expect_eq(status, 2);
	point_to(s, s->database);
	suite_set(s, "check", kit_print("DURE_CHECK_SANDBOX_URL=%s/nothing", suite_url(s, "sandbox")));
	(void)judged(s, &status);
	cr_expect_eq(status, 2);
	cr_expect_not_null(strstr(suite_run(s, &status, "check", "--older-than", "soon"), "wants a number"));
	cr_expect_eq(status, 2);
	cr_expect_not_null(strstr(suite_run(s, &status, "check", "--now", "soon"), "wants a time"));
	cr_expect_eq(status, 2);
	suite_close(&s);
}

/* It sees ids and sums, nobody's name, address or password, and it can change nothing. */
Test(check, reads_what_it_must_and_can_write_nothing, .timeout = 120)
{
	struct suite *s = suite_start(SUITE_NOT_READY);
	static const struct { const char *right, *answer; } rights[] = {
		{ "has_table_privilege('dure_check', 'commerce.orders', 'SELECT')", "t" },
		{ "has_table_privilege('dure_check', 'commerce.orders', 'INSERT, UPDATE, DELETE, TRUNCATE')", "f" },
		{ "has_column_privilege('dure_check', 'commerce.shipping', 'status', 'SELECT')", "t" },
		{ "has_column_privilege('dure_check', 'commerce.shipping', 'address', 'SELECT')", "f" },
		{ "has_table_privilege('dure_check', 'auth.users', 'SELECT')", "f" },
		{ "has_table_privilege('dure_check', 'auth.refresh_token', 'SELECT')", "f" },
		{ "has_table_privilege('dure_check', 'messaging.message', 'SELECT')", "f" },
		{ "has_table_privilege('dure_check', 'notification.alarm', 'SELECT')", "f" },
		{ "has_schema_privilege('dure_check', 'commerce', 'CREATE')", "f" },
		{ "has_function_privilege('dure_check', 'commerce.idempotency_claim(uuid, text, text, bytea)', 'EXECUTE')", "f" },
		{ "bool_or(rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls) FROM pg_roles "
		    "WHERE rolname = 'dure_check'", "f" },
	};

	for (size_t i = 0; i < COUNT_OF(rights); i++)
		cr_expect_str_eq(suite_sql(s, "commerce", "SELECT %s", rights[i].right), rights[i].answer, "%s", rights[i].right);
	suite_wait_ready(s, NULL);
	suite_close(&s);
}
