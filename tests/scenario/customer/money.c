/* Step 4: points are charged at Toss, that is at the sandbox. */
#include "tests/scenario/customer/customer.h"
#include <string.h>

void
points_intend(struct play *p)
{
	const char *json = kit_print("{\"amountKrw\":%d}", CHARGED_KRW);
	struct kit_reply r;

	want_problem(400, "idempotency.key_missing", ask(p, "POST", "/api/payments", json, as(&p->buyer)));
	timing(p);
	r = want(201, ask(p, "POST", "/api/payments", json, as(&p->buyer), key(p, "charge")));
	told(p, "4 points: POST /api/payments, the intent");
	p->payment = text_in(r, "id");
	p->payment_order = text_in(r, "orderId");
	kit_sure(strcmp(text_in(r, "status"), "created") == 0);
}

const char *
agree(struct play *p, const char *order_id, int64_t amount_krw)
{
	struct kit_reply r = want(200, ask(p, "POST",
	    kit_print("%s/sandbox/toss/authenticate", suite_url(p->suite, "sandbox")),
	    kit_print("{\"orderId\":\"%s\",\"amount\":%lld,\"orderName\":\"points\",\"method\":\"card\",\"card\":\"success\"}",
	        order_id, (long long)amount_krw)));

	return text_in(r, "paymentKey");
}

static const char *
confirmation(struct play *p, int64_t amount_krw)
{
	return kit_print("{\"paymentKey\":\"%s\",\"orderId\":\"%s\",\"amountKrw\":%lld}", p->payment_key, p->payment_order,
	    (long long)amount_krw);
}

void
points_confirm(struct play *p)
{
	const char *path = kit_print("/api/payments/%s/confirm", p->payment), *json;
	struct kit_reply first, again;

	p->payment_key = agree(p, p->payment_order, CHARGED_KRW);
	json = confirmation(p, CHARGED_KRW);
	want_problem(422, "payment.amount_mismatch", ask(p, "POST", path, confirmation(p, CHARGED_KRW - 1),
	    as(&p->buyer), key(p, "confirm-less")));
	timing(p);
	first = want(200, ask(p, "POST", path, json, as(&p->buyer), key(p, "confirm")));
	told(p, "4 points: POST /api/payments/{id}/confirm, captured at Toss");
	kit_sure(strcmp(text_in(first, "status"), "paid") == 0);
	again = want(200, ask(p, "POST", path, json, as(&p->buyer), key(p, "confirm")));
	kit_sure(strcmp(first.body, again.body) == 0);
	kit_sure(strcmp(kit_header(&again, "Idempotent-Replayed"), "true") == 0);
}

static int64_t
balance(struct play *p)
{
	(void)revive(p);
	return kit_json_i64(want(200, ask(p, "GET", "/api/points", NULL, as(&p->buyer))).body, "balanceKrw");
}

/* Timed since the confirmation. */
void
points_arrive(struct play *p)
{
	struct kit_reply r;

	kit_until(PATIENCE * PROMISED_MS, balance(p) == CHARGED_KRW);
	told(p, "4 points: GET /api/points, credited on the event");
	r = want(200, ask(p, "GET", "/api/points/entries", NULL, as(&p->buyer)));
	kit_sure(kit_json_length(r.body, "items") == 1 && kit_json_i64(r.body, "items.0.amountKrw") == CHARGED_KRW);
	kit_sure(strcmp(text_in(r, "items.0.sourceId"), p->payment) == 0);
	hear_alarm(p, ALARM_POINTS, "7 alarms: a socket hears of the points");
}

void
charge(struct play *p, int64_t amount_krw, const char *key_word)
{
	struct kit_reply r = want(201, ask(p, "POST", "/api/payments",
	    kit_print("{\"amountKrw\":%lld}", (long long)amount_krw), as(&p->buyer), key(p, key_word)));

	p->payment = text_in(r, "id");
	p->payment_order = text_in(r, "orderId");
	p->payment_key = agree(p, p->payment_order, amount_krw);
	want(200, ask(p, "POST", kit_print("/api/payments/%s/confirm", p->payment),
	    confirmation(p, amount_krw), as(&p->buyer), key(p, kit_print("%s-confirm", key_word))));
}
