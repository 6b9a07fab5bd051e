/* Charges cards through Iamport, at once: with a billing key or with the card's numbers. */
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/imp.h"
#include "deploy/sandbox/settings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define CARD_DIGITS_MIN 14
#define CARD_DIGITS_MAX 16
/* Cards by their last four digits: no key is issued, or a key whose charges fail. */
#define CARD_REFUSED "0001"
#define CARD_WITHOUT_FUNDS "0002"
#define REFUSED "한도초과 혹은 잔액부족으로 결제에 실패했습니다."

bool
imp_uid_used(const char *merchant_uid)
{
	const struct imp_payment *p = imp_by_merchant(merchant_uid);
	bool failed_too = settings_number(SETTING_IMP_FAILED_UID_REUSABLE) == 0;

	for (; p != NULL; p = p->older)
		if (p->status != IMP_FAILED || failed_too)
			return true;
	return false;
}

struct imp_payment *
imp_charge(const struct imp_charge *c)
{
	struct imp_payment *p = imp_payment_new(c->merchant_uid);

	if (p == NULL)
		return NULL;
	p->amount = c->amount;
	p->usage = c->usage;
	p->fields = json_deep_copy(c->fields);
	snprintf(p->customer_uid, sizeof(p->customer_uid), "%s", c->customer_uid);
	snprintf(p->masked, sizeof(p->masked), "%s", c->masked);
	if (c->refusal == NULL) {
		p->status = IMP_PAID;
		p->paid_us = clock_now();
	} else {
		p->status = IMP_FAILED;
		p->failed_us = clock_now();
		p->fail_reason = strdup(c->refusal);
	}
	imp_note(p, c->refusal == NULL || c->usage == IMP_USED_SCHEDULED, NULL);
	return p;
}

/* Hides digits 7 to 12. */
static size_t
mask(const char *number, char masked[24])
{
	size_t n = 0;

	for (; *number != '\0'; number++) {
		if (*number == '-')
			continue;
		if (!isdigit((unsigned char)*number) || n == CARD_DIGITS_MAX)
			return 0;
		masked[n] = *number;
		if (n >= 6 && n < 12)
			masked[n] = '*';
		n++;
	}
	masked[n] = '\0';
	return n;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text);

	return len >= 4 && strcmp(text + len - 4, end) == 0;
}

const char *
imp_read_card(const json_t *in, struct imp_key *key)
{
	const char *number = json_text(in, "card_number"), *expiry = json_text(in, "expiry");
	char now[CLOCK_TEXT];

	if (number == NULL || expiry == NULL)
		return "[F100]카드번호와 유효기간은 필수입니다.";
	if (mask(number, key->masked) < CARD_DIGITS_MIN || ends_with(number, CARD_REFUSED))
		return "[F112]유효하지않은 카드번호를 입력하셨습니다.";
	clock_kst(clock_now(), "%Y-%m", now);
	if (strlen(expiry) != 7 || expiry[4] != '-' || strcmp(expiry, now) < 0)
		return "[F113]유효기간을 확인해 주세요.";
	key->declines = ends_with(number, CARD_WITHOUT_FUNDS);
	return NULL;
}

static const char *
refusal_for(const struct request *rq, bool card_declines)
{
	if (rq->fault.mode == SWITCH_DECLINE)
		return rq->fault.code[0] != '\0' ? rq->fault.code : REFUSED;
	return card_declines ? REFUSED : NULL;
}

/* What both kinds of charge must have; the refusal is then in rep. */
static bool
check_order(const json_t *in, struct reply *rep, int64_t *amount)
{
	const char *uid = json_text(in, "merchant_uid");

	if (uid == NULL || *uid == '\0' || strlen(uid) > IMP_MERCHANT_UID_MAX)
		imp_refuse(rep, 200, 1, "merchant_uid 파라메터를 확인해 주세요.");
	else if (!imp_whole(in, "amount", amount) || *amount <= 0)
		imp_refuse(rep, 200, 1, "amount 파라메터를 확인해 주세요.");
	else if (imp_uid_used(uid))
		imp_refuse(rep, 200, 1, "이미 처리된 merchant_uid입니다.");
	else
		return true;
	return false;
}

static void
charge(struct reply *rep, const json_t *in, const struct imp_key *key, const char *refusal,
    int64_t amount)
{
	json_t *fields = imp_passed_on(in);
	struct imp_charge c = {
		.merchant_uid = json_text(in, "merchant_uid"),
		.customer_uid = key->customer_uid,
		.masked = key->masked,
		.amount = amount,
		.fields = fields,
		.usage = key->customer_uid[0] != '\0' ? IMP_USED_PAYMENT : IMP_USED_NOT,
		.refusal = refusal,
	};
	const struct imp_payment *p = imp_charge(&c);

	json_decref(fields);
	if (p == NULL)
		imp_refuse(rep, 500, -1, "Internal Server Error");
	else
		imp_reply(rep, 200, imp_payment_json(p));
}

void
imp_again(struct request *rq, struct reply *rep)
{
	json_t *in = imp_body(rq);
	const char *customer_uid = json_text(in, "customer_uid");
	const struct imp_key *key;
	int64_t amount;

	imp_lock();
	key = customer_uid != NULL ? imp_key_find(customer_uid) : NULL;
	if (key == NULL)
		imp_refuse(rep, 200, 1, "등록되지 않은 구매자입니다");
	else if (json_text(in, "name") == NULL)
		imp_refuse(rep, 200, 1, "name 파라메터를 확인해 주세요.");
	else if (check_order(in, rep, &amount))
		charge(rep, in, key, refusal_for(rq, key->declines), amount);
	imp_unlock();
	json_decref(in);
}

/* The key is kept when the caller names one and the card pays. */
static void
keep_key(const struct imp_key *card, const json_t *in)
{
	struct imp_key *k = imp_key_put(card->customer_uid);

	if (k == NULL)
		return;
	memcpy(k->masked, card->masked, sizeof(k->masked));
	k->declines = card->declines;
	k->updated_us = clock_now();
	json_decref(k->fields);
	k->fields = imp_passed_on(in);
}

void
imp_onetime(struct request *rq, struct reply *rep)
{
	json_t *in = imp_body(rq);
	const char *customer_uid = json_text(in, "customer_uid"), *wrong;
	struct imp_key card = { 0 };
	int64_t amount;

	if (customer_uid != NULL && strlen(customer_uid) <= IMP_CUSTOMER_UID_MAX)
		snprintf(card.customer_uid, sizeof(card.customer_uid), "%s", customer_uid);
	wrong = imp_read_card(in, &card);
	imp_lock();
	if (wrong != NULL) {
		char message[160];

		snprintf(message, sizeof(message), "카드정보 인증에 실패하였습니다. %s", wrong);
		imp_refuse(rep, 200, -1, message);
	} else if (check_order(in, rep, &amount)) {
		const char *refusal = refusal_for(rq, card.declines);

		if (refusal == NULL && card.customer_uid[0] != '\0')
			keep_key(&card, in);
		charge(rep, in, &card, refusal, amount);
	}
	imp_unlock();
	json_decref(in);
}
