/* Iamport's look-ups, amounts registered beforehand, and cancels. */
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/digest.h"
#include "deploy/sandbox/imp.h"
#include "deploy/sandbox/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX 100
#define PREPARED_MAX 100000
#define CANCELS_MAX 100

static void
refuse_unknown(struct reply *rep)
{
	imp_refuse(rep, 404, -1, "존재하지 않는 결제정보입니다.");
}

void
imp_get(struct request *rq, struct reply *rep)
{
	const struct imp_payment *p;

	imp_lock();
	p = imp_by_uid(rq->arg[0]);
	if (p != NULL)
		imp_reply(rep, 200, imp_payment_json(p));
	else
		refuse_unknown(rep);
	imp_unlock();
}

static bool
has_status(const struct imp_payment *p, const char *status)
{
	return status == NULL || strcmp(imp_status_name(p->status), status) == 0;
}

/* The newest attempt under the uid that has the status. */
static void
find(struct reply *rep, const char *merchant_uid, const char *status)
{
	const struct imp_payment *p;

	imp_lock();
	p = imp_by_merchant(merchant_uid);
	while (p != NULL && !has_status(p, status))
		p = p->older;
	if (p != NULL)
		imp_reply(rep, 200, imp_payment_json(p));
	else
		refuse_unknown(rep);
	imp_unlock();
}

void
imp_find(struct request *rq, struct reply *rep)
{
	find(rep, rq->arg[0], NULL);
}

void
imp_find_status(struct request *rq, struct reply *rep)
{
	find(rep, rq->arg[0], rq->arg[1]);
}

void
imp_find_all(struct request *rq, struct reply *rep)
{
	json_t *list = json_array();
	const struct imp_payment *p;

	imp_lock();
	for (p = imp_by_merchant(rq->arg[0]); p != NULL; p = p->older)
		if (has_status(p, rq->arg[1]) && json_array_size(list) < LIST_MAX)
			json_array_append_new(list, imp_payment_json(p));
	imp_unlock();
	imp_reply(rep, 200, json_pack("{s:i, s:i, s:i, s:o}", "total", (int)json_array_size(list),
	    "previous", 0, "next", 0, "list", list));
}

static bool
add_cancel(struct imp_payment *p, int64_t amount, const char *reason)
{
	struct imp_cancel *c = imp_cancel_new(p);

	if (c == NULL)
		return false;
	if (reason == NULL)
		reason = "";
	snprintf(c->reason, sizeof(c->reason), "%.*s",
	    (int)text_fit(reason, sizeof(c->reason) - 1), reason);
	c->amount = amount;
	c->at_us = p->cancelled_us = clock_now();
	digest_random(c->id, 20);
	p->cancelled += amount;
	if (p->cancelled == p->amount)
		p->status = IMP_CANCELLED;
	return true;
}

static struct imp_payment *
find_to_cancel(const json_t *in)
{
	const char *imp_uid = json_text(in, "imp_uid"), *uid = json_text(in, "merchant_uid");
	struct imp_payment *p;

	if (imp_uid != NULL)
		return imp_by_uid(imp_uid);
	p = uid != NULL ? imp_by_merchant(uid) : NULL;
	while (p != NULL && p->paid_us == 0)
		p = p->older;
	return p;
}

/* What forbids the cancel, or NULL; *code is Iamport's. */
static const char *
check_cancel(const struct imp_payment *p, const json_t *in, int64_t amount, int *code)
{
	int64_t believed, left;

	*code = 1;
	if (p == NULL || p->paid_us == 0)
		return "취소할 결제건이 존재하지 않습니다.";
	left = p->amount - p->cancelled;
	if (left == 0)
		return "이미 전액취소된 주문입니다.";
	if (imp_whole(in, "checksum", &believed) && believed != left)
		return "취소 가능 잔액이 일치하지 않습니다.";
	*code = -1;
	if (amount < 0 || amount > left || p->cancel_count == CANCELS_MAX)
		return "[F400]취소 요청 금액이 취소 가능 금액을 초과하였습니다.";
	return NULL;
}

static void
cancel(struct reply *rep, const json_t *in)
{
	struct imp_payment *p = find_to_cancel(in);
	const char *wrong;
	char id[IMP_UID_SIZE];
	int64_t amount = 0;
	int code;

	imp_whole(in, "amount", &amount);
	wrong = check_cancel(p, in, amount, &code);
	if (wrong != NULL) {
		imp_refuse(rep, 200, code, wrong);
		return;
	}
	if (!add_cancel(p, amount != 0 ? amount : p->amount - p->cancelled,
	    json_text(in, "reason"))) {
		imp_refuse(rep, 500, -1, "Internal Server Error");
		return;
	}
	memcpy(id, p->cancels[p->cancel_count - 1].id, sizeof(id));
	imp_note(p, json_is_true(json_object_get(in, "enable_webhook")), id);
	imp_reply(rep, 200, imp_payment_json(p));
}

void
imp_cancel(struct request *rq, struct reply *rep)
{
	json_t *in = imp_body(rq);

	imp_lock();
	cancel(rep, in);
	imp_unlock();
	json_decref(in);
}

static pthread_mutex_t prepared_lock = PTHREAD_MUTEX_INITIALIZER;
static json_t *prepared;

static json_t *
prepared_json(const char *uid)
{
	const json_t *amount = json_object_get(prepared, uid);

	return amount == NULL ? NULL : json_pack("{s:s, s:I}", "merchant_uid", uid, "amount",
	    json_integer_value(amount));
}

/* POST makes, PUT changes. */
static void
prepare(const struct request *rq, struct reply *rep, const char *uid, int64_t amount)
{
	bool known = json_object_get(prepared, uid) != NULL;
	bool change = strcmp(rq->route->method, "PUT") == 0;

	if (prepared == NULL)
		prepared = json_object();
	if (known && !change) {
		imp_refuse(rep, 200, 1,
		    "결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다).");
	} else if (!known && (change || json_object_size(prepared) >= PREPARED_MAX)) {
		imp_refuse(rep, 200, 1, "사전등록된 결제정보가 존재하지 않습니다.");
	} else {
		json_object_set_new(prepared, uid, json_integer(amount));
		imp_reply(rep, 200, prepared_json(uid));
	}
}

void
imp_prepare(struct request *rq, struct reply *rep)
{
	json_t *in = imp_body(rq);
	const char *uid = json_text(in, "merchant_uid");
	int64_t amount;

	if (uid == NULL || strlen(uid) > IMP_MERCHANT_UID_MAX
	    || !imp_whole(in, "amount", &amount)) {
		imp_refuse(rep, 200, 1, "파라메터를 확인해 주세요.");
	} else {
		pthread_mutex_lock(&prepared_lock);
		prepare(rq, rep, uid, amount);
		pthread_mutex_unlock(&prepared_lock);
	}
	json_decref(in);
}

void
imp_prepare_get(struct request *rq, struct reply *rep)
{
	json_t *found;

	pthread_mutex_lock(&prepared_lock);
	found = prepared_json(rq->arg[0]);
	pthread_mutex_unlock(&prepared_lock);
	if (found != NULL)
		imp_reply(rep, 200, found);
	else
		imp_refuse(rep, 404, 1, "사전등록된 결제정보가 존재하지 않습니다.");
}

void
imp_prepare_reset(void)
{
	pthread_mutex_lock(&prepared_lock);
	json_decref(prepared);
	prepared = NULL;
	pthread_mutex_unlock(&prepared_lock);
}
