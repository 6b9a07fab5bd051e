/* Iamport's scheduled charges: made, moved, revoked, run when due, tried again. */
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/imp.h"

#include <stdlib.h>
#include <string.h>

#define SCHEDULES_PER_CALL 100
#define UIDS_MAX 100
#define NO_KEY "[F400]빌링키가 존재하지 않습니다."
#define NO_FUNDS "한도초과 혹은 잔액부족으로 결제에 실패했습니다."

/* No schedule is due before this second; under the store's lock. */
static int64_t next_due_s = INT64_MAX;

static void
wait_for(int64_t at_s)
{
	if (at_s < next_due_s)
		next_due_s = at_s;
}

static int64_t
now_s(void)
{
	return clock_now() / CLOCK_SECOND;
}

/* What is wrong with one item, or NULL. */
static const char *
check_item(const json_t *item)
{
	const char *uid = json_text(item, "merchant_uid");
	int64_t at, amount;

	if (uid == NULL || *uid == '\0' || strlen(uid) > IMP_MERCHANT_UID_MAX)
		return "merchant_uid 파라메터를 확인해 주세요.";
	if (!imp_whole(item, "schedule_at", &at) || at <= now_s())
		return "schedule_at 파라메터를 확인해 주세요.";
	if (!imp_whole(item, "amount", &amount) || amount <= 0)
		return "amount 파라메터를 확인해 주세요.";
	if (imp_schedule_find(uid) != NULL || imp_uid_used(uid))
		return "이미 등록된 merchant_uid입니다.";
	return NULL;
}

static const char *
check_items(const json_t *items)
{
	size_t n = json_array_size(items);

	if (n < 1 || n > SCHEDULES_PER_CALL)
		return "schedules 파라메터를 확인해 주세요.";
	for (size_t i = 0; i < n; i++) {
		const char *uid = json_text(json_array_get(items, i), "merchant_uid");
		const char *wrong = check_item(json_array_get(items, i));

		for (size_t j = 0; j < i && wrong == NULL; j++)
			if (strcmp(uid, json_text(json_array_get(items, j), "merchant_uid")) == 0)
				wrong = "이미 등록된 merchant_uid입니다.";
		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

/* A card in the call is made a key first, when the customer has none. */
static bool
has_key(const json_t *in, const char *customer_uid)
{
	struct imp_key card = { 0 }, *k;

	if (imp_key_find(customer_uid) != NULL)
		return true;
	if (strlen(customer_uid) > IMP_CUSTOMER_UID_MAX || imp_read_card(in, &card) != NULL
	    || (k = imp_key_put(customer_uid)) == NULL)
		return false;
	memcpy(k->masked, card.masked, sizeof(k->masked));
	k->declines = card.declines;
	k->updated_us = k->inserted_us;
	k->fields = imp_passed_on(in);
	return true;
}

static json_t *
add_schedule(const char *customer_uid, const json_t *item)
{
	struct imp_schedule *s = imp_schedule_new(json_text(item, "merchant_uid"));

	if (s == NULL)
		return NULL;
	snprintf(s->customer_uid, sizeof(s->customer_uid), "%s", customer_uid);
	imp_whole(item, "schedule_at", &s->at_s);
	imp_whole(item, "amount", &s->amount);
	s->fields = imp_passed_on(item);
	wait_for(s->at_s);
	return imp_schedule_json(s);
}

static void
schedule(struct reply *rep, const json_t *in)
{
	const char *customer_uid = json_text(in, "customer_uid"), *wrong;
	const json_t *items = json_object_get(in, "schedules");
	json_t *out;

	if (customer_uid == NULL || !has_key(in, customer_uid)) {
		imp_refuse(rep, 200, 1, "등록된 고객정보가 없습니다.");
		return;
	}
	wrong = check_items(items);
	if (wrong != NULL) {
		imp_refuse(rep, 200, 1, wrong);
		return;
	}
	out = json_array();
	for (size_t i = 0; i < json_array_size(items); i++)
		json_array_append_new(out, add_schedule(customer_uid, json_array_get(items, i)));
	imp_reply(rep, 200, out);
}

void
imp_schedule_post(struct request *rq, struct reply *rep)
{
	json_t *in = imp_body(rq);

	imp_lock();
	schedule(rep, in);
	imp_unlock();
	json_decref(in);
}

static bool
is_named(const struct imp_schedule *s, const char *const *uids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(s->merchant_uid, uids[i]) == 0)
			return true;
	return n == 0;
}

void
imp_unschedule(struct request *rq, struct reply *rep)
{
	json_t *in = imp_body(rq), *out = json_array();
	const char *customer_uid = json_text(in, "customer_uid"), *uids[UIDS_MAX];
	size_t uid_count = imp_texts(in, "merchant_uid", uids, UIDS_MAX), count;
	struct imp_schedule *const *all;

	imp_lock();
	all = imp_schedules(&count);
	for (size_t i = 0; i < count && (customer_uid != NULL || uid_count > 0); i++) {
		struct imp_schedule *s = all[i];

		if (s->status != IMP_SCHEDULED || !is_named(s, uids, uid_count)
		    || (customer_uid != NULL && strcmp(s->customer_uid, customer_uid) != 0))
			continue;
		s->status = IMP_REVOKED;
		s->revoked_us = clock_now();
		json_array_append_new(out, imp_schedule_json(s));
	}
	imp_unlock();
	json_decref(in);
	if (json_array_size(out) > 0) {
		imp_reply(rep, 200, out);
		return;
	}
	json_decref(out);
	imp_refuse(rep, 200, 1, "취소할 예약결제 기록이 존재하지 않습니다.");
}

static bool
schedule_bears(void *schedule_run, const char *match)
{
	const struct imp_schedule *s = schedule_run;

	return strstr(s->merchant_uid, match) != NULL || strstr(s->customer_uid, match) != NULL;
}

static const char *
refusal_for(const struct imp_key *k, const struct switch_fault *fault)
{
	if (fault->mode == SWITCH_DECLINE)
		return fault->code[0] != '\0' ? fault->code : NO_FUNDS;
	if (k == NULL)
		return NO_KEY;
	return k->declines ? NO_FUNDS : NULL;
}

static void
run(struct imp_schedule *s, struct switch_fault fault)
{
	const struct imp_key *k = imp_key_find(s->customer_uid);
	struct imp_charge c = {
		.merchant_uid = s->merchant_uid,
		.customer_uid = s->customer_uid,
		.masked = k != NULL ? k->masked : "",
		.amount = s->amount,
		.fields = s->fields,
		.usage = IMP_USED_SCHEDULED,
		.refusal = refusal_for(k, &fault),
	};

	s->status = IMP_EXECUTED;
	s->executed_us = clock_now();
	s->payment = imp_charge(&c);
}

static void
run_due(int64_t now)
{
	struct imp_schedule *const *all;
	size_t count;

	next_due_s = INT64_MAX;
	all = imp_schedules(&count);
	for (size_t i = 0; i < count; i++) {
		if (all[i]->status != IMP_SCHEDULED)
			continue;
		if (all[i]->at_s <= now)
			run(all[i], switches_take("imp.scheduled", schedule_bears, all[i]));
		else
			wait_for(all[i]->at_s);
	}
}

void
imp_tick(void)
{
	int64_t now = now_s();

	imp_lock();
	if (now >= next_due_s)
		run_due(now);
	imp_unlock();
}

/* Failed or revoked: what may be tried again. */
static bool
may_try_again(const struct imp_schedule *s)
{
	return s->status == IMP_REVOKED || (s->status == IMP_EXECUTED && s->payment != NULL
	    && s->payment->status == IMP_FAILED);
}

void
imp_schedule_retry(struct request *rq, struct reply *rep)
{
	struct imp_schedule *s;

	imp_lock();
	s = imp_schedule_find(rq->arg[0]);
	if (s == NULL) {
		imp_refuse(rep, 404, 1, "예약결제 기록이 존재하지 않습니다.");
	} else if (!may_try_again(s)) {
		imp_refuse(rep, 400, 1, "재시도할 수 없는 예약결제입니다.");
	} else {
		run(s, rq->fault);
		if (s->payment != NULL)
			imp_reply(rep, 200, imp_payment_json(s->payment));
		else
			imp_refuse(rep, 500, -1, "Internal Server Error");
	}
	imp_unlock();
}

static void
move(struct reply *rep, struct imp_schedule *s, const json_t *in, bool fine)
{
	int64_t at;

	if (s == NULL) {
		imp_refuse(rep, 404, 1, "예약결제 기록이 존재하지 않습니다.");
	} else if (!fine || !imp_whole(in, "schedule_at", &at) || at <= now_s()) {
		imp_refuse(rep, 400, 1, "예약시각을 변경할 수 없습니다.");
	} else {
		s->at_s = at;
		s->status = IMP_SCHEDULED;
		wait_for(at);
		imp_reply(rep, 200, imp_schedule_json(s));
	}
}

void
imp_schedule_put(struct request *rq, struct reply *rep)
{
	json_t *in = imp_body(rq);
	struct imp_schedule *s;

	imp_lock();
	s = imp_schedule_find(rq->arg[0]);
	move(rep, s, in, s != NULL && s->status == IMP_SCHEDULED);
	imp_unlock();
	json_decref(in);
}

void
imp_schedule_again(struct request *rq, struct reply *rep)
{
	json_t *in = imp_body(rq);
	struct imp_schedule *s;

	imp_lock();
	s = imp_schedule_find(rq->arg[0]);
	move(rep, s, in, s != NULL && may_try_again(s));
	imp_unlock();
	json_decref(in);
}

void
imp_schedule_get(struct request *rq, struct reply *rep)
{
	const struct imp_schedule *s;

	imp_lock();
	s = imp_schedule_find(rq->arg[0]);
	if (s != NULL)
		imp_reply(rep, 200, imp_schedule_json(s));
	else
		imp_refuse(rep, 404, 1, "예약결제 기록이 존재하지 않습니다.");
	imp_unlock();
}

void
imp_schedule_of_customer(struct request *rq, struct reply *rep)
{
	int64_t from = request_query_number(rq, "from", 0);
	int64_t to = request_query_number(rq, "to", INT64_MAX);
	json_t *list = json_array();
	struct imp_schedule *const *all;
	size_t count;

	imp_lock();
	all = imp_schedules(&count);
	for (size_t i = count; i-- > 0;)
		if (strcmp(all[i]->customer_uid, rq->arg[0]) == 0 && all[i]->at_s >= from
		    && all[i]->at_s < to && json_array_size(list) < 1000)
			json_array_append_new(list, imp_schedule_json(all[i]));
	imp_unlock();
	imp_reply(rep, 200, json_pack("{s:i, s:i, s:i, s:o}", "total", (int)json_array_size(list),
	    "previous", 0, "next", 0, "list", list));
}
