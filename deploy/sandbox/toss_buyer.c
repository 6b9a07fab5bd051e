/* The buyer's side of Toss: the payment window's outcome and a deposit. */
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/digest.h"
#include "deploy/sandbox/toss.h"

#include <stdlib.h>
#include <string.h>

#define AMOUNT_MAX INT64_C(1000000000000)
#define CARD_MINIMUM 100

static const char *const card_names[] = {
	[TOSS_CARD_SUCCESS] = "success",
	[TOSS_CARD_DECLINE] = "decline",
	[TOSS_CARD_TIMEOUT] = "timeout",
	[TOSS_CARD_LATE] = "late",
};

/* A script from the sandbox runs in the shop's page and calls back here. */
void
toss_allow_any_origin(struct reply *rep)
{
	reply_header(rep, "Access-Control-Allow-Origin", "*");
	reply_header(rep, "Access-Control-Allow-Headers", "Content-Type");
	reply_header(rep, "Access-Control-Allow-Methods", "POST, OPTIONS");
}

void
toss_preflight(struct request *rq, struct reply *rep)
{
	(void)rq;
	reply_empty(rep, 204);
	toss_allow_any_origin(rep);
}

static bool
read_card(const char *name, enum toss_card *card)
{
	if (name == NULL)
		name = card_names[TOSS_CARD_SUCCESS];
	for (size_t i = 0; i < sizeof(card_names) / sizeof(card_names[0]); i++)
		if (strcmp(card_names[i], name) == 0) {
			*card = (enum toss_card)i;
			return true;
		}
	return false;
}

static bool
read_method(const char *name, enum toss_method *method)
{
	*method = name != NULL && strcmp(name, "vbank") == 0 ? TOSS_VBANK : TOSS_CARD;
	return name == NULL || strcmp(name, "vbank") == 0 || strcmp(name, "card") == 0;
}

static void
authenticate(const json_t *in, struct reply *rep, enum toss_method method, enum toss_card card)
{
	const char *order_id = json_text(in, "orderId"), *order_name = json_text(in, "orderName");
	struct toss_payment *p;
	int64_t amount = 0;

	json_whole(in, "amount", &amount);
	if (toss_captured_of(order_id) != NULL) {
		toss_refuse(rep, "DUPLICATED_ORDER_ID");
		return;
	}
	p = toss_payment_new(order_id, order_name != NULL ? order_name : order_id, amount);
	if (p == NULL) {
		toss_refuse(rep, "COMMON_ERROR");
		return;
	}
	p->method = method;
	p->card = card;
	reply_json(rep, 200, json_pack("{s:s, s:s, s:I}", "paymentKey", p->key,
	    "orderId", p->order_id, "amount", (json_int_t)p->total));
}

void
toss_authenticate(struct request *rq, struct reply *rep)
{
	json_t *in = request_json(rq);
	int64_t amount;
	enum toss_method method;
	enum toss_card card;

	if (!toss_is_order_id(json_text(in, "orderId"))) {
		toss_refuse(rep, "INVALID_ORDER_ID");
	} else if (!json_whole(in, "amount", &amount) || amount <= 0
	    || !read_method(json_text(in, "method"), &method)
	    || !read_card(json_text(in, "card"), &card)) {
		toss_refuse(rep, "INVALID_REQUEST");
	} else if (amount < CARD_MINIMUM) {
		toss_refuse(rep, "BELOW_MINIMUM_AMOUNT");
	} else if (amount > AMOUNT_MAX) {
		toss_refuse(rep, "EXCEED_MAX_AMOUNT");
	} else {
		toss_lock();
		authenticate(in, rep, method, card);
		toss_unlock();
	}
	toss_allow_any_origin(rep);
	json_decref(in);
}

static void
deposit(struct reply *rep, struct toss_payment *p)
{
	if (p == NULL) {
		toss_refuse(rep, "NOT_FOUND_PAYMENT");
	} else if (p->status != TOSS_WAITING_FOR_DEPOSIT) {
		toss_refuse(rep, "ALREADY_PROCESSED_PAYMENT");
	} else {
		p->status = TOSS_DONE;
		p->approved_us = clock_now();
		digest_random(p->transaction_key, TOSS_TRANSACTION_KEY - 1);
		toss_note_transaction(p, p->transaction_key, p->total, toss_status_name(p->status));
		toss_deposited(p);
		reply_json(rep, 200, toss_payment_json(p));
	}
}

void
toss_deposit(struct request *rq, struct reply *rep)
{
	json_t *in = request_json(rq);
	const char *order_id = json_text(in, "orderId");

	toss_lock();
	deposit(rep, order_id != NULL ? toss_by_order(order_id) : NULL);
	toss_unlock();
	json_decref(in);
}
