/* Toss's cancels, whole and in part, and the list of transactions merchants reconcile against. */
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/digest.h"
#include "deploy/sandbox/text.h"
#include "deploy/sandbox/toss.h"

#include <stdlib.h>
#include <string.h>

#define CANCELS_MAX 100
#define LIST_DEFAULT 100
#define LIST_MAX 5000

struct cancel_in {
	const char *reason;
	int64_t amount, tax_free, believed;
	bool partial, believes, account;
};

static bool
read_cancel(const json_t *in, struct cancel_in *out)
{
	*out = (struct cancel_in){ .reason = json_text(in, "cancelReason") };
	out->partial = json_object_get(in, "cancelAmount") != NULL
	    && !json_is_null(json_object_get(in, "cancelAmount"));
	out->believes = json_object_get(in, "refundableAmount") != NULL;
	out->account = json_text(json_object_get(in, "refundReceiveAccount"),
	    "accountNumber") != NULL;
	if (out->reason == NULL || *out->reason == '\0'
	    || text_chars(out->reason) > TOSS_REASON_CHARS_MAX)
		return false;
	if (out->partial && (!json_whole(in, "cancelAmount", &out->amount) || out->amount <= 0))
		return false;
	if (out->believes && !json_whole(in, "refundableAmount", &out->believed))
		return false;
	return json_object_get(in, "taxFreeAmount") == NULL
	    || json_whole(in, "taxFreeAmount", &out->tax_free);
}

/* The code of what forbids the cancel, or NULL. */
static const char *
check_cancel(const struct toss_payment *p, const struct cancel_in *in)
{
	if (p->status == TOSS_CANCELED)
		return "ALREADY_CANCELED_PAYMENT";
	if (p->status == TOSS_WAITING_FOR_DEPOSIT)
		return in->partial && in->amount != p->balance ? "NOT_CANCELABLE_AMOUNT" : NULL;
	if (!toss_captured(p) || p->cancel_count == CANCELS_MAX)
		return "NOT_CANCELABLE_PAYMENT";
	if (in->believes && in->believed != p->balance)
		return "NOT_MATCHES_REFUNDABLE_AMOUNT";
	if (in->partial && in->amount > p->balance)
		return "NOT_CANCELABLE_AMOUNT";
	if (p->method == TOSS_VBANK && !in->account)
		return "INVALID_REFUND_ACCOUNT_INFO";
	return NULL;
}

static bool
add_cancel(struct toss_payment *p, const struct cancel_in *in)
{
	struct toss_cancel *c = realloc(p->cancels, (p->cancel_count + 1) * sizeof(*c));

	if (c == NULL)
		return false;
	p->cancels = c;
	c += p->cancel_count++;
	snprintf(c->reason, sizeof(c->reason), "%s", in->reason);
	c->tax_free = in->tax_free;
	c->amount = in->partial ? in->amount : p->balance;
	p->balance -= c->amount;
	c->refundable = p->balance;
	c->at_us = clock_now();
	digest_random(c->transaction_key, TOSS_TRANSACTION_KEY - 1);
	memcpy(p->transaction_key, c->transaction_key, TOSS_TRANSACTION_KEY);
	p->status = p->balance == 0 ? TOSS_CANCELED : TOSS_PARTIAL_CANCELED;
	return true;
}

static void
cancel(struct reply *rep, struct toss_payment *p, const struct cancel_in *in)
{
	const char *wrong = p == NULL ? "NOT_FOUND_PAYMENT" : check_cancel(p, in);

	if (wrong == NULL && !add_cancel(p, in))
		wrong = "FAILED_REFUND_PROCESS";
	if (wrong != NULL) {
		toss_refuse(rep, wrong);
		return;
	}
	toss_note_transaction(p, p->transaction_key, -p->cancels[p->cancel_count - 1].amount,
	    toss_status_name(p->status));
	toss_changed(p);
	reply_json(rep, 200, toss_payment_json(p));
}

void
toss_cancel(struct request *rq, struct reply *rep)
{
	json_t *in = request_json(rq);
	struct cancel_in wanted;

	if (!read_cancel(in, &wanted)) {
		toss_refuse(rep, "INVALID_REQUEST");
	} else {
		toss_lock();
		cancel(rep, toss_by_key(rq->arg[0]), &wanted);
		toss_unlock();
	}
	json_decref(in);
}

struct window {
	int64_t from_us, to_us;
	size_t limit;
	char *after;
};

static bool
read_day(const struct request *rq, const char *name, int64_t *us)
{
	char *text = request_query(rq, name);
	bool fine = text != NULL && clock_parse_kst(text, us);

	free(text);
	return fine;
}

static bool
read_window(const struct request *rq, struct window *w)
{
	int64_t limit = request_query_number(rq, "limit", LIST_DEFAULT);

	if (!read_day(rq, "startDate", &w->from_us) || !read_day(rq, "endDate", &w->to_us)
	    || limit < 1 || limit > LIST_MAX)
		return false;
	w->limit = (size_t)limit;
	w->after = request_query(rq, "startingAfter");
	return true;
}

static json_t *
transaction_json(const struct toss_transaction *t)
{
	char at[CLOCK_TEXT];

	clock_iso(t->at_us, at);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:n, s:b, s:s+, s:s, s:s, s:s, s:I}",
	    "mId", "tosssandbox", "transactionKey", t->key, "paymentKey", t->payment->key,
	    "orderId", t->payment->order_id, "method", toss_method_name(t->payment->method),
	    "customerKey", "useEscrow", 0,
	    "receiptUrl", "https://dashboard.tosspayments.com/receipt/", t->payment->key,
	    "status", t->status, "transactionAt", at, "currency", "KRW",
	    "amount", (json_int_t)t->amount);
}

static json_t *
list_window(const struct window *w)
{
	json_t *list = json_array();
	size_t count;
	const struct toss_transaction *t = toss_transactions(&count), *end = t + count;
	bool started = w->after == NULL;

	for (; t < end && json_array_size(list) < w->limit; t++) {
		if (started && t->at_us >= w->from_us && t->at_us <= w->to_us)
			json_array_append_new(list, transaction_json(t));
		else if (!started)
			started = strcmp(t->key, w->after) == 0;
	}
	return list;
}

void
toss_list_transactions(struct request *rq, struct reply *rep)
{
	struct window w = { 0 };

	if (!read_window(rq, &w)) {
		toss_refuse(rep, "INVALID_REQUEST");
		return;
	}
	toss_lock();
	reply_json(rep, 200, list_window(&w));
	toss_unlock();
	free(w.after);
}
