/* Writes a Toss Payment object, every member of it. */
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/toss.h"

#define MID "tosssandbox"

const char *
toss_status_name(enum toss_status status)
{
	static const char *const names[] = {
		[TOSS_IN_PROGRESS] = "IN_PROGRESS",
		[TOSS_WAITING_FOR_DEPOSIT] = "WAITING_FOR_DEPOSIT",
		[TOSS_DONE] = "DONE",
		[TOSS_CANCELED] = "CANCELED",
		[TOSS_PARTIAL_CANCELED] = "PARTIAL_CANCELED",
		[TOSS_ABORTED] = "ABORTED",
		[TOSS_EXPIRED] = "EXPIRED",
	};

	return names[status];
}

const char *
toss_method_name(enum toss_method method)
{
	return method == TOSS_VBANK ? "가상계좌" : "카드";
}

static void
put(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, value);
}

static json_t *
time_json(int64_t us)
{
	char text[CLOCK_TEXT];

	if (us == 0)
		return json_null();
	clock_iso(us, text);
	return json_string(text);
}

static json_t *
cancels_json(const struct toss_payment *p)
{
	json_t *list;

	if (p->cancel_count == 0)
		return json_null();
	list = json_array();
	for (size_t i = 0; i < p->cancel_count; i++) {
		const struct toss_cancel *c = &p->cancels[i];

		json_array_append_new(list, json_pack(
		    "{s:I, s:s, s:I, s:i, s:I, s:i, s:i, s:i, s:o, s:s, s:n, s:s, s:n}",
		    "cancelAmount", (json_int_t)c->amount, "cancelReason", c->reason,
		    "taxFreeAmount", (json_int_t)c->tax_free, "taxExemptionAmount", 0,
		    "refundableAmount", (json_int_t)c->refundable, "transferDiscountAmount", 0,
		    "easyPayDiscountAmount", 0, "cardDiscountAmount", 0,
		    "canceledAt", time_json(c->at_us), "transactionKey", c->transaction_key,
		    "receiptKey", "cancelStatus", "DONE", "cancelRequestId"));
	}
	return list;
}

static json_t *
card_json(const struct toss_payment *p)
{
	if (p->method != TOSS_CARD || !toss_captured(p))
		return json_null();
	return json_pack("{s:I, s:s, s:s, s:s, s:i, s:s, s:b, s:s, s:s, s:s, s:b, s:n}",
	    "amount", (json_int_t)p->total, "issuerCode", "11", "acquirerCode", "11",
	    "number", "43301234****123*", "installmentPlanMonths", 0, "approveNo", "00000000",
	    "useCardPoint", 0, "cardType", "신용", "ownerType", "개인",
	    "acquireStatus", p->status == TOSS_CANCELED ? "CANCELED" : "READY",
	    "isInterestFree", 0, "interestPayer");
}

static json_t *
account_json(const struct toss_payment *p)
{
	if (p->account[0] == '\0')
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:b, s:s, s:n}",
	    "accountType", "일반", "accountNumber", p->account, "bankCode", "20",
	    "customerName", "홍길동", "depositorName", p->status == TOSS_DONE ? "홍길동" : "",
	    "dueDate", time_json(p->requested_us + 7 * CLOCK_DAY),
	    "refundStatus", p->cancel_count > 0 ? "COMPLETED" : "NONE", "expired", 0,
	    "settlementStatus", p->status == TOSS_DONE ? "COMPLETED" : "INCOMPLETED",
	    "refundReceiveAccount");
}

/* A tenth on top of the supply, so an eleventh of the total, rounded to nearest. */
static void
put_amounts(json_t *o, const struct toss_payment *p)
{
	int64_t vat = (2 * p->balance + 11) / 22;

	put(o, "totalAmount", json_integer(p->total));
	put(o, "balanceAmount", json_integer(p->balance));
	put(o, "suppliedAmount", json_integer(p->balance - vat));
	put(o, "vat", json_integer(vat));
	put(o, "cultureExpense", json_false());
	put(o, "taxFreeAmount", json_integer(0));
	put(o, "taxExemptionAmount", json_integer(0));
}

/* What this sandbox never fills is there all the same, as null. */
static void
put_nulls(json_t *o)
{
	static const char *const names[] = { "mobilePhone", "giftCertificate", "transfer",
	    "easyPay", "cashReceipt", "cashReceipts", "discount", "metadata" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		put(o, names[i], json_null());
}

json_t *
toss_payment_json(const struct toss_payment *p)
{
	bool method_chosen = p->status != TOSS_EXPIRED;
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s}",
	    "version", "2022-11-16", "paymentKey", p->key, "type", "NORMAL", "orderId", p->order_id,
	    "orderName", p->order_name, "mId", MID, "currency", "KRW",
	    "method", method_chosen ? toss_method_name(p->method) : NULL,
	    "status", toss_status_name(p->status));

	put_amounts(o, p);
	put(o, "requestedAt", time_json(p->requested_us));
	put(o, "approvedAt", time_json(p->approved_us));
	put(o, "useEscrow", json_false());
	put(o, "lastTransactionKey",
	    p->transaction_key[0] != '\0' ? json_string(p->transaction_key) : json_null());
	put(o, "cancels", cancels_json(p));
	put(o, "isPartialCancelable", json_true());
	put(o, "card", card_json(p));
	put(o, "virtualAccount", account_json(p));
	put(o, "secret", p->secret[0] != '\0' ? json_string(p->secret) : json_null());
	put(o, "receipt", toss_captured(p)
	    ? json_pack("{s:s+}", "url", "https://dashboard.tosspayments.com/receipt/", p->key)
	    : json_null());
	put(o, "checkout", json_pack("{s:s+}", "url", "https://api.tosspayments.com/v1/payments/",
	    p->key));
	put(o, "country", json_string("KR"));
	put(o, "failure", p->failure == NULL ? json_null()
	    : json_pack("{s:s, s:s}", "code", p->failure->code, "message", p->failure->ko));
	put_nulls(o);
	return o;
}
