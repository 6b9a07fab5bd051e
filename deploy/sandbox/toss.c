/* Toss Payments' API: who may call, keys that make calls repeatable, and the calls themselves. */
#include "deploy/sandbox/toss.h"
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/conf.h"
#include "deploy/sandbox/digest.h"
#include "deploy/sandbox/idem.h"
#include "deploy/sandbox/pause.h"
#include "deploy/sandbox/settings.h"

#include <civetweb.h>

#include <stdlib.h>
#include <string.h>

#define IDEMPOTENCY_KEY_MAX 300

/* The code of what is wrong with the Authorization header, or NULL. */
static const char *
check_auth(const struct request *rq)
{
	const char *header = request_header(rq, "Authorization"), *wrong = NULL;
	size_t len;
	char *text, *colon;

	if (header == NULL)
		return "UNAUTHORIZED_KEY";
	if (strncasecmp(header, "Basic ", 6) != 0)
		return "INCORRECT_BASIC_AUTH_FORMAT";
	text = digest_base64_decode(header + 6, strlen(header + 6), &len);
	colon = text != NULL ? strchr(text, ':') : NULL;
	if (colon == NULL || colon[1] != '\0') {
		wrong = "INCORRECT_BASIC_AUTH_FORMAT";
	} else {
		*colon = '\0';
		if (!digest_same(text, conf.toss_secret_key))
			wrong = "UNAUTHORIZED_KEY";
	}
	free(text);
	return wrong;
}

static bool
wants_english(const struct request *rq)
{
	const char *language = request_header(rq, "Accept-Language");

	return language != NULL && strncasecmp(language, "en", 2) == 0;
}

/* Only a test key may ask for an error by name. */
static bool
forced_error(const struct request *rq, struct reply *rep)
{
	const char *code = request_header(rq, "TossPayments-Test-Code");
	const struct toss_error *e;

	if (code == NULL || strncmp(conf.toss_secret_key, "test_", 5) != 0)
		return false;
	e = toss_error(code);
	toss_refuse(rep, e != NULL ? code : "INVALID_TEST_CODE");
	return true;
}

/* A kept answer belongs to the key, the secret key, the URL and the method. */
static void
run_once(struct request *rq, struct reply *rep, step_fn *step, const char *key)
{
	char *name = NULL;

	if (asprintf(&name, "%s %s %s %s", rq->info->request_method, rq->path,
	    conf.toss_secret_key, key) < 0) {
		toss_refuse(rep, "COMMON_ERROR");
		return;
	}
	switch (idem_begin(name, rep)) {
	case IDEM_NEW:
		router_step(rq, rep, step);
		idem_end(name, rep);
		break;
	case IDEM_RUNNING:
		toss_refuse(rep, "IDEMPOTENT_REQUEST_PROCESSING");
		break;
	case IDEM_KEPT:
		break;
	}
	free(name);
}

static void
enter(struct request *rq, struct reply *rep, step_fn *step)
{
	const char *wrong = check_auth(rq), *key = request_header(rq, "Idempotency-Key");
	bool post = strcmp(rq->info->request_method, "POST") == 0;
	char trace[33];

	digest_random(trace, sizeof(trace) - 1);
	reply_header(rep, "X-TossPayments-Trace-Id", trace);
	rep->english = wants_english(rq);
	if (wrong != NULL)
		toss_refuse(rep, wrong);
	else if (forced_error(rq, rep))
		return;
	else if (!post || key == NULL)
		router_step(rq, rep, step);
	else if (strlen(key) > IDEMPOTENCY_KEY_MAX)
		toss_refuse(rep, "INVALID_IDEMPOTENCY_KEY");
	else
		run_once(rq, rep, step, key);
}

/* A declined call without a code of its own is a card over its limit. */
static void
fail(struct reply *rep, const char *code)
{
	if (code == NULL)
		toss_refuse(rep, "FAILED_INTERNAL_SYSTEM_PROCESSING");
	else
		toss_refuse(rep, *code != '\0' ? code : "REJECT_CARD_PAYMENT");
}

static bool
names(const struct request *rq, const char *text)
{
	const struct toss_payment *p;
	bool found;

	toss_lock();
	p = rq->arg[0] != NULL ? toss_by_key(rq->arg[0]) : NULL;
	found = p != NULL && strstr(p->order_id, text) != NULL;
	toss_unlock();
	return found;
}

const struct provider toss_provider = { .enter = enter, .fail = fail, .names = names };

static void
approve(struct toss_payment *p)
{
	if (p->method == TOSS_VBANK) {
		p->status = TOSS_WAITING_FOR_DEPOSIT;
		snprintf(p->account, sizeof(p->account), "X6505%09lld",
		    (long long)(p->requested_us % 1000000000));
		digest_random(p->secret, sizeof(p->secret) - 1);
	} else {
		p->status = TOSS_DONE;
		p->approved_us = clock_now();
	}
	digest_random(p->transaction_key, TOSS_TRANSACTION_KEY - 1);
	toss_note_transaction(p, p->transaction_key, p->total, toss_status_name(p->status));
	toss_changed(p);
}

static void
abort_payment(struct toss_payment *p, const char *code)
{
	p->status = TOSS_ABORTED;
	p->failure = toss_error(code);
	toss_changed(p);
}

/* The code of what forbids the payment, or NULL. */
static const char *
check_confirm(const struct toss_payment *p, const char *order_id, int64_t amount)
{
	const struct toss_payment *captured;

	if (p == NULL)
		return "NOT_FOUND_PAYMENT";
	if (p->status == TOSS_EXPIRED || p->status == TOSS_ABORTED)
		return "NOT_FOUND_PAYMENT_SESSION";
	if (p->status != TOSS_IN_PROGRESS)
		return "ALREADY_PROCESSED_PAYMENT";
	if (strcmp(p->order_id, order_id) != 0 || p->total != amount)
		return "INVALID_REQUEST";
	captured = toss_captured_of(order_id);
	if (captured != NULL)
		return "DUPLICATED_ORDER_ID";
	return NULL;
}

/* A slow card answers before anything is locked, so that other calls go on meanwhile. */
static void
wait_for_card(const char *key)
{
	const struct toss_payment *p;
	bool late;

	toss_lock();
	p = toss_by_key(key);
	late = p != NULL && p->card == TOSS_CARD_LATE && p->status == TOSS_IN_PROGRESS;
	toss_unlock();
	if (late)
		pause_ms(settings_number(SETTING_LATE_MS));
}

static void
confirm(struct reply *rep, const char *key, const char *order_id, int64_t amount)
{
	struct toss_payment *p = toss_by_key(key);
	const char *wrong = check_confirm(p, order_id, amount);

	if (wrong == NULL && p->card == TOSS_CARD_DECLINE) {
		wrong = "REJECT_CARD_PAYMENT";
		abort_payment(p, wrong);
	}
	if (wrong != NULL) {
		toss_refuse(rep, wrong);
		return;
	}
	approve(p);
	reply_json(rep, 200, toss_payment_json(p));
	if (p->card == TOSS_CARD_TIMEOUT) {
		rep->drop = true;
		rep->hold_ms = settings_number(SETTING_TIMEOUT_MS);
	}
}

void
toss_confirm(struct request *rq, struct reply *rep)
{
	json_t *in = request_json(rq);
	const char *key = json_text(in, "paymentKey"), *order_id = json_text(in, "orderId");
	int64_t amount;

	if (key == NULL || !json_whole(in, "amount", &amount)) {
		toss_refuse(rep, "INVALID_REQUEST");
	} else if (!toss_is_order_id(order_id)) {
		toss_refuse(rep, "INVALID_ORDER_ID");
	} else {
		wait_for_card(key);
		toss_lock();
		confirm(rep, key, order_id, amount);
		toss_unlock();
	}
	json_decref(in);
}

static void
reply_payment(struct reply *rep, const struct toss_payment *p)
{
	if (p == NULL)
		toss_refuse(rep, "NOT_FOUND_PAYMENT");
	else
		reply_json(rep, 200, toss_payment_json(p));
}

void
toss_get(struct request *rq, struct reply *rep)
{
	toss_lock();
	reply_payment(rep, toss_by_key(rq->arg[0]));
	toss_unlock();
}

void
toss_get_order(struct request *rq, struct reply *rep)
{
	toss_lock();
	reply_payment(rep, toss_by_order(rq->arg[0]));
	toss_unlock();
}
