/* Writes Iamport's Payment, Customer and ScheduleResult objects. */
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/imp.h"

#define PG_PROVIDER "tosspayments"
#define PG_ID "sandbox"

static const char *const status_names[] = {
	[IMP_READY] = "ready",
	[IMP_PAID] = "paid",
	[IMP_CANCELLED] = "cancelled",
	[IMP_FAILED] = "failed",
};

const char *
imp_status_name(enum imp_status status)
{
	return status_names[status];
}

static json_t *
seconds(int64_t us)
{
	return json_integer(us / CLOCK_SECOND);
}

static json_t *
text_or_null(const char *text)
{
	return text != NULL && *text != '\0' ? json_string(text) : json_null();
}

/* Members that are always there, as given or null. */
static void
put_given(json_t *o, const json_t *fields, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_t *value = json_object_get(fields, names[i]);

		if (value != NULL)
			json_object_set(o, names[i], value);
		else
			json_object_set_new(o, names[i], json_null());
	}
}

static void
put_nulls(json_t *o, const char *const *names, size_t n)
{
	put_given(o, NULL, names, n);
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *const buyer_names[] = { "name", "buyer_name", "buyer_email", "buyer_tel",
    "buyer_addr", "buyer_postcode", "custom_data" };

static json_t *
cancels_json(const struct imp_payment *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->cancel_count; i++) {
		const struct imp_cancel *c = &p->cancels[i];

		json_array_append_new(list, json_pack("{s:s, s:I, s:o, s:s, s:s, s:s}",
		    "pg_tid", p->imp_uid, "amount", (json_int_t)c->amount,
		    "cancelled_at", seconds(c->at_us), "reason", c->reason,
		    "cancellation_id", c->id, "receipt_url", ""));
	}
	return list;
}

static json_t *
usage_json(enum imp_usage usage)
{
	static const char *const names[] = {
		[IMP_USED_NOT] = "",
		[IMP_USED_ISSUE] = "issue",
		[IMP_USED_PAYMENT] = "payment",
		[IMP_USED_SCHEDULED] = "payment.scheduled",
	};

	return text_or_null(names[usage]);
}

json_t *
imp_payment_json(const struct imp_payment *p)
{
	static const char *const nulls[] = { "emb_pg_provider", "bank_code", "bank_name",
	    "vbank_code", "vbank_name", "vbank_num", "vbank_holder", "user_agent", "promotion" };
	bool paid = p->paid_us != 0;
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:b, s:b, s:o}",
	    "imp_uid", p->imp_uid, "merchant_uid", p->merchant_uid, "pay_method", "card",
	    "channel", "api", "pg_provider", PG_PROVIDER, "pg_tid",
	    text_or_null(paid ? p->imp_uid : NULL), "pg_id", PG_ID, "sandbox", 1, "escrow", 0,
	    "apply_num", text_or_null(paid ? "00000000" : NULL));

	json_object_update_new(o, json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:o, s:i, s:i, s:i}",
	    "card_code", "361", "card_name", "BC카드", "card_issuer_code", "361",
	    "card_issuer_name", "BC카드", "card_publisher_code", "361",
	    "card_publisher_name", "BC카드", "card_quota", 0,
	    "card_number", text_or_null(p->masked), "card_type", 0,
	    "vbank_date", 0, "vbank_issued_at", 0));
	json_object_update_new(o, json_pack("{s:I, s:I, s:s, s:s, s:o, s:o, s:o, s:o}",
	    "amount", (json_int_t)p->amount, "cancel_amount", (json_int_t)p->cancelled,
	    "currency", "KRW", "status", status_names[p->status], "started_at",
	    seconds(p->started_us), "paid_at", seconds(p->paid_us),
	    "failed_at", seconds(p->failed_us), "cancelled_at", seconds(p->cancelled_us)));
	json_object_update_new(o, json_pack("{s:o, s:o, s:o, s:o, s:[], s:[], s:b, s:o, s:o}",
	    "fail_reason", text_or_null(p->fail_reason), "cancel_reason", text_or_null(
	    p->cancel_count > 0 ? p->cancels[p->cancel_count - 1].reason : NULL),
	    "receipt_url", text_or_null(paid ? "https://iamport.kr/receipt" : NULL),
	    "cancel_history", cancels_json(p), "cancel_receipt_urls", "deposit_history",
	    "cash_receipt_issued", 0, "customer_uid", text_or_null(p->customer_uid),
	    "customer_uid_usage", usage_json(p->usage)));
	put_given(o, p->fields, buyer_names, COUNT(buyer_names));
	put_nulls(o, nulls, COUNT(nulls));
	return o;
}

json_t *
imp_key_json(const struct imp_key *k)
{
	static const char *const given[] = { "customer_id", "customer_name", "customer_tel",
	    "customer_email", "customer_addr", "customer_postcode" };
	json_t *o = json_pack(
	    "{s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:o, s:o}",
	    "customer_uid", k->customer_uid, "pg_provider", PG_PROVIDER, "pg_id", PG_ID,
	    "sandbox", 1, "card_name", "BC카드", "card_code", "361", "card_issuer_code", "361",
	    "card_issuer_name", "BC카드", "card_publisher_code", "361",
	    "card_publisher_name", "BC카드", "card_number", k->masked, "card_type", 0,
	    "inserted", seconds(k->inserted_us), "updated", seconds(k->updated_us));

	put_given(o, k->fields, given, COUNT(given));
	return o;
}

static json_t *
payment_status(const struct imp_schedule *s)
{
	return s->payment != NULL ? json_string(status_names[s->payment->status]) : json_null();
}

json_t *
imp_schedule_json(const struct imp_schedule *s)
{
	static const char *const names[] = {
		[IMP_SCHEDULED] = "scheduled",
		[IMP_EXECUTED] = "executed",
		[IMP_REVOKED] = "revoked",
	};
	json_t *o = json_pack(
	    "{s:s, s:s, s:o, s:s, s:s, s:n, s:I, s:o, s:o, s:I, s:s, s:s, s:o, s:o, s:n}",
	    "customer_uid", s->customer_uid, "merchant_uid", s->merchant_uid,
	    "imp_uid", text_or_null(s->payment != NULL ? s->payment->imp_uid : NULL),
	    "pg_provider", PG_PROVIDER, "pg_id", PG_ID, "customer_id",
	    "schedule_at", (json_int_t)s->at_s, "executed_at", seconds(s->executed_us),
	    "revoked_at", seconds(s->revoked_us), "amount", (json_int_t)s->amount,
	    "currency", "KRW", "schedule_status", names[s->status],
	    "payment_status", payment_status(s), "fail_reason",
	    text_or_null(s->payment != NULL ? s->payment->fail_reason : NULL), "promotion_id");

	put_given(o, s->fields, buyer_names, COUNT(buyer_names));
	return o;
}
