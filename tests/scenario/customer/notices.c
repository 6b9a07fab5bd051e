/* Step 7: alarms on the socket and in the list, KakaoTalk notices and their fallback. */
#include "tests/scenario/customer/customer.h"
#include <string.h>

void
alarms_listen(struct play *p)
{
	if (!p->listening)
		return;
	timing(p);
	p->socket = kit_socket_connect(p->suite, p->buyer.access);
	if (kit_socket_refused(p->socket) != NULL)
		kit_fail("the socket was refused: %s", kit_socket_refused(p->socket));
	told(p, "7 alarms: a Socket.IO client has connected through the gateway");
}

void
hear_alarm(struct play *p, int kind, const char *what)
{
	const char *args;

	if (p->socket == NULL)
		return;
	args = kit_socket_wait(p->socket, "addAlarm", PATIENCE * PROMISED_MS);
	if (args == NULL)
		kit_fail("no alarm of kind %d within %d ms", kind, PATIENCE * PROMISED_MS);
	told(p, what);
	if (kit_json_i64(args, "0.alarm_type") != kind)
		kit_fail("an alarm of kind %d was due: %s", kind, args);
}

static bool
has_alarms(struct play *p, const int *kinds, size_t n)
{
	struct kit_reply r = want(200, ask(p, "GET", "/api/alarms", NULL, as(&p->buyer)));

	(void)revive(p);
	if (kit_json_length(r.body, "items") > n)
		kit_fail("more alarms than %zu: %s", n, r.body);
	if (kit_json_length(r.body, "items") < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (kit_json_i64(r.body, kit_print("items.%zu.alarmType", i)) != kinds[n - 1 - i] ||
		    kit_json_i64(r.body, kit_print("items.%zu.number", i)) != (int64_t)(n - i))
			kit_fail("wrong alarms: %s", r.body);
	return kit_json_i64(r.body, "unread") == (int64_t)n;
}

void
alarms_read(struct play *p)
{
	static const int kinds[] = { ALARM_POINTS, ALARM_ORDER, ALARM_ORDER, ALARM_PREPARING, ALARM_SHIPPED };

	timing(p);
	kit_until(PATIENCE * PROMISED_MS, has_alarms(p, kinds, COUNT_OF(kinds)));
	told(p, "7 alarms: GET /api/alarms, five, newest first");
}

/* "template:channel:status" of every message to a phone, in the order of their making. */
static const char *
messages_to(struct play *p, const char *phone)
{
	return suite_sql(p->suite, "messaging", "SELECT coalesce(string_agg(template || ':' || channel || ':' || status, ' ' "
	    "ORDER BY id), '') FROM message WHERE phone = '%s'", phone);
}

static bool
has_settled(struct play *p)
{
	if (revive(p))
		suite_clock(p->suite, 31);      /* over the lease of a job whose worker died */
	return strcmp(messages_to(p, p->unreached_phone),
	    "orderPlaced:alimtalk:fallback orderPlaced:lms:delivered") == 0 &&
	    strcmp(messages_to(p, p->buyer.phone), "verification:sms:delivered orderPlaced:alimtalk:delivered "
	    "orderShipped:alimtalk:delivered") == 0;
}

static void
wait_until_settled(struct play *p)
{
	int64_t deadline = kit_deadline(PATIENCE * RESULT_MS);

	while (!has_settled(p))
		if (!kit_goes_on(deadline))
			kit_fail("the notices have not settled: %s / %s", messages_to(p, p->buyer.phone),
			    messages_to(p, p->unreached_phone));
}

static size_t
inbox(struct play *p, const char *phone, const char *kind)
{
	struct kit_reply r = want(200, ask(p, "GET", kit_print("%s/sandbox/inbox.json?to=%s&kind=%s&limit=100",
	    suite_url(p->suite, "sandbox"), phone, kind), NULL));

	return kit_json_length(r.body, "items");
}

static void
check_for_operator(struct play *p)
{
	struct kit_reply r = want(200, ask(p, "GET", kit_print("/api/messages?phone=%s", p->unreached_phone), NULL,
	    as(&p->seller)));

	kit_sure(kit_json_length(r.body, "items") == 2);
	kit_sure(strcmp(text_in(r, "items.1.status"), "fallback") == 0);
	kit_sure(strcmp(text_in(r, "items.1.resultCode"), "3018") == 0);
	kit_sure(strcmp(text_in(r, "items.1.fallbackId"), text_in(r, "items.0.id")) == 0);
	kit_sure(strstr(r.body, p->unreached_phone) == NULL);
}

void
messages_settle(struct play *p)
{
	timing(p);
	if (p->patient && !has_settled(p))
		suite_clock(p->suite, 31);      /* over the lease of a job whose worker died */
	wait_until_settled(p);
	told(p, "7 notices: delivered by KakaoTalk, and by LMS where it said 3018");
	log_in(p, &p->seller);
	check_for_operator(p);
}

/* What the provider has taken for this payment, and how often. */
static const char *
captured(struct play *p)
{
	struct kit_reply r = want(200, kit_http(p->suite, "GET", kit_print("%s/sandbox/state.json",
	    suite_url(p->suite, "sandbox")), NULL));
	const char *all = "";

	for (size_t i = 0, n = kit_json_length(r.body, "toss"); i < n; i++)
		if (strcmp(text_in(r, kit_print("toss.%zu.orderId", i)), p->payment_order) == 0)
			all = kit_print("%s%s:%lld", all, text_in(r, kit_print("toss.%zu.status", i)),
			    (long long)kit_json_i64(r.body, kit_print("toss.%zu.captured", i)));
	return all;
}

static const char *
events(struct play *p)
{
	return kit_print("%s %s %s",
	    suite_sql(p->suite, "auth", "SELECT count(*) FROM outbox WHERE key = '%s' AND type = 'user.joined'", p->buyer.id),
	    suite_sql(p->suite, "billing", "SELECT count(*) FROM outbox WHERE key IN ('%s', '%s') AND type <> 'audit.recorded'",
	        p->payment, p->buyer.company),
	    suite_sql(p->suite, "commerce", "SELECT string_agg(type, ' ' ORDER BY seq) FROM outbox WHERE key = '%s'",
	    p->buyer.id));
}

static const char *
shop(struct play *p)
{
	return suite_sql(p->suite, "commerce", "SELECT (SELECT balance_krw FROM point_account WHERE user_id = u), "
	    "(SELECT string_agg(kind || amount_krw, ' ' ORDER BY id) FROM point_entry WHERE user_id = u), "
	    "(SELECT string_agg(paid_krw || ':' || s.status, ' ' ORDER BY o.id) FROM orders o "
	    "JOIN shipping s ON s.order_id = o.id WHERE o.user_id = u), "
	    "(SELECT count(*) FROM registered_coupon WHERE user_id = u AND used_at IS NOT NULL), "
	    "(SELECT stock FROM product WHERE id = '%s'), (SELECT sum(delta) FROM stock_movement WHERE product_id = '%s') "
	    "FROM (SELECT '%s'::uuid) AS x (u)", p->product, p->product, p->buyer.id);
}

static const char *
money(struct play *p)
{
	return suite_sql(p->suite, "billing", "SELECT (SELECT string_agg(plan, ' ') FROM plan WHERE company_id = '%s'), "
	    "(SELECT string_agg(status || amount_krw, ' ') FROM payment WHERE user_id = '%s')", p->buyer.company,
	    p->buyer.id);
}

static const char *
alarms(struct play *p)
{
	return suite_sql(p->suite, "notification", "SELECT string_agg(number || ':' || kind, ' ' ORDER BY number) "
	    "FROM alarm WHERE user_id = '%s'", p->buyer.id);
}

static const char *
wallets(struct play *p)
{
	return suite_sql(p->suite, "messaging", "SELECT string_agg(balance_krw::text, ' ') FROM wallet WHERE company_id = '%s'",
	    p->buyer.company);
}

const char *
play_outcome(struct play *p)
{
	return kit_print("shop %s\nmoney %s\ncaptured %s\nalarms %s\nevents %s\nnotices %zu %zu %zu %zu\nwallets %s", shop(p),
	    money(p), captured(p), alarms(p), events(p), inbox(p, p->buyer.phone, "sms"), inbox(p, p->buyer.phone, "alimtalk"),
	    inbox(p, p->unreached_phone, "alimtalk"), inbox(p, p->unreached_phone, "lms"), wallets(p));
}
