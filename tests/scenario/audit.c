/* The audit log through all services: every kind of change stands there once, with who made it, whoever dies meanwhile. */
#include <criterion/criterion.h>
#include <string.h>
#include "tests/scenario/customer/customer.h"

static const char *
entries(struct play *p, const char *what, const char *where)
{
	return suite_sql(p->suite, "auth", "SELECT %s FROM audit WHERE %s", what, where);
}

/* It may still be on its way. */
static void
entry(struct play *p, const char *action, const char *wanted)
{
	const char *where = kit_print("action = '%s'", action), *found;

	kit_until(PATIENCE * PROMISED_MS, strcmp(entries(p, "count(*)", where), "0") != 0);
	found = entries(p, "string_agg(concat_ws(' ', service, actor_type, actor_id, via), ',')", where);
	cr_expect_str_eq(found, wanted, "%s: %s", action, found);
}

static void
change_price(struct play *p, int krw)
{
	const char *path = kit_print("/api/products/%s", p->product);
	struct kit_reply r = want(200, ask(p, "GET", path, NULL, as(&p->seller)));

	want(200, ask(p, "PATCH", path, kit_print("{\"priceKrw\":%d}", krw), as(&p->seller),
	    kit_print("If-Match: %s", kit_header(&r, "ETag"))));
}

/* The event is handled but its transaction is not committed when auth dies; then committed but not acknowledged. */
static void
auth_dies(struct play *p, const char *fault, int krw)
{
	suite_fault(p->suite, "auth", kit_print("%s=kill", fault));
	change_price(p, krw);
	kit_until(PATIENCE * PROMISED_MS, suite_ended(p->suite, "auth"));
	suite_fault(p->suite, "auth", "");
	suite_restart(p->suite, "auth");
	suite_wait_ready(p->suite, "auth");
}

static const char *
seller_id(const struct play *p)
{
	return kit_print("%.36s", p->seller.id);
}

static void
auth_dies_twice(struct play *p)
{
	const char *prices = "string_agg((before->>'priceKrw') || '>' || (after->>'priceKrw'), ' ' ORDER BY id)";

	auth_dies(p, "inbox.handled", 9900);
	auth_dies(p, "inbox.committed", 9800);
	kit_until(PATIENCE * PROMISED_MS, strcmp(entries(p, "count(*)", "action = 'product.changed'"), "2") == 0);
	cr_expect_str_eq(entries(p, prices, "action = 'product.changed'"), "12500>9900 9900>9800");
}

static void
grant_points(struct play *p)
{
	want(201, ask(p, "POST", kit_print("/api/point-accounts/%s/grants", p->buyer.id),
	    "{\"amountKrw\":500,\"reason\":\"환영\"}", as(&p->seller), key(p, "grant")));
}

static void
give_up_a_job(struct play *p)
{
	suite_sql(p->suite, "messaging", "INSERT INTO jobs (id, kind, key, payload, due_at, look_at, state) VALUES "
	    "('01926f00-0000-7000-8000-00000000aaaa', 'message_check', 'none', '', to_timestamp(0), to_timestamp(0), 'parked')");
	(void)suite_run(p->suite, NULL, "messaging", "parked", "redrive", "01926f00-0000-7000-8000-00000000aaaa", "--yes");
	suite_sql(p->suite, "messaging", "DELETE FROM jobs WHERE key = 'none'");
}

/* By hand on the machine: nobody has an id. */
static void
commands(struct play *p)
{
	const char *code = suite_sql(p->suite, "auth", "SELECT code FROM company WHERE id = '%s'", p->buyer.company);

	(void)suite_run(p->suite, NULL, "auth", "template", "set", code, "팀원", "chat_total");
	(void)suite_run(p->suite, NULL, "billing", "cancels", "off", "restored");
	give_up_a_job(p);
	entry(p, "operator.added", "auth command operator");
	entry(p, "permission_template.changed", "auth command template");
	entry(p, "automatic_cancels.turned_off", "billing command cancels");
	entry(p, "parked_job.redriven", "messaging command parked");
	cr_expect_str_eq(entries(p, "before->>'flags' LIKE '%%add_new_customer%%', after->>'flags'",
	    "action = 'permission_template.changed'"), "t|chat_total");
	cr_expect_str_eq(entries(p, "after->>'phone'", "action = 'operator.added'"),
	    kit_print("%.3s****%s", p->seller.phone, p->seller.phone + 7));
}

/* What belongs to the buyer's company, by its people, an operator, an event and a job. */
static void
changes(struct play *p)
{
	entry(p, "membership.added", "auth anyone POST /api/join/do");
	entry(p, "plan.opened", "billing service on_user_joined");
	entry(p, "product.created", kit_print("commerce operator %s POST /api/products", seller_id(p)));
	grant_points(p);
	entry(p, "points.granted",
	    kit_print("commerce operator %s POST /api/point-accounts/{userId}/grants", seller_id(p)));
	want(201, ask(p, "POST", kit_print("/api/orders/%s/cancellation", p->order), "{}", as(&p->buyer), key(p, "back")));
	entry(p, "order.cancelled", kit_print("commerce staff %s POST /api/orders/{orderId}/cancellation", p->buyer.id));
	want(201, ask(p, "POST", kit_print("/api/payments/%s/cancellations", p->payment),
	    "{\"amountKrw\":1000,\"reason\":\"변심\"}", as(&p->buyer), key(p, "cancel")));
	entry(p, "payment.refund_requested",
	    kit_print("billing staff %s POST /api/payments/{paymentId}/cancellations", p->buyer.id));
	entry(p, "payment.refunded", "billing service job payment_cancel");
}

Test(audit, every_change_is_told_once_with_who_made_it, .timeout = 120)
{
	struct suite *s = suite_start(0);
	struct play *p = play_new(s, 1);
	struct kit_reply r;

	play_until(p, "order");
	changes(p);
	auth_dies_twice(p);
	r = want(200, ask(p, "GET", "/api/company/audit-log?limit=100", NULL, as(&p->buyer)));
	cr_expect_eq(kit_json_length(r.body, "items"), 6, "%s", r.body);
	commands(p);
	want(403, ask(p, "GET", "/api/audit-log", NULL, as(&p->buyer)));
	r = want(200, ask(p, "GET", "/api/audit-log?limit=1&subjectType=automatic_cancels", NULL, as(&p->seller)));
	cr_expect_str_eq(kit_json_text(r.body, "items.0.after"), "{\"reason\":\"restored\"}");
	play_close(&p);
	suite_close(&s);
}
