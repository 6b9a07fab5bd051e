/* Iamport's billing keys: issued from a card, read, revoked. */
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/imp.h"

#include <stdlib.h>
#include <string.h>

#define ISSUE_FAILED "카드정보 인증 및 빌키 발급에 실패하였습니다. "

static void
refuse_unknown(struct reply *rep, const char *customer_uid)
{
	char message[256];

	snprintf(message, sizeof(message),
	    "요청하신 customer_uid(%s)로 등록된 정보를 찾을 수 없습니다.",
	    strlen(customer_uid) <= IMP_CUSTOMER_UID_MAX ? customer_uid : "?");
	imp_refuse(rep, 404, 1, message);
}

static void
issue(struct reply *rep, const char *customer_uid, const struct imp_key *card, const json_t *in)
{
	struct imp_key *k = imp_key_put(customer_uid);

	if (k == NULL) {
		imp_refuse(rep, 500, -1, "Internal Server Error");
		return;
	}
	memcpy(k->masked, card->masked, sizeof(k->masked));
	k->declines = card->declines;
	k->updated_us = clock_now();
	if (k->fields == NULL)
		k->updated_us = k->inserted_us;
	json_decref(k->fields);
	k->fields = imp_passed_on(in);
	imp_reply(rep, 200, imp_key_json(k));
}

void
imp_key_post(struct request *rq, struct reply *rep)
{
	json_t *in = imp_body(rq);
	struct imp_key card = { 0 };
	const char *wrong = imp_read_card(in, &card);

	if (wrong == NULL && strlen(rq->arg[0]) > IMP_CUSTOMER_UID_MAX)
		wrong = "customer_uid는 80자 이하여야 합니다.";
	if (wrong != NULL) {
		char message[200];

		snprintf(message, sizeof(message), ISSUE_FAILED "%s", wrong);
		imp_refuse(rep, 200, -1, message);
	} else {
		imp_lock();
		issue(rep, rq->arg[0], &card, in);
		imp_unlock();
	}
	json_decref(in);
}

void
imp_key_get(struct request *rq, struct reply *rep)
{
	const struct imp_key *k;

	imp_lock();
	k = imp_key_find(rq->arg[0]);
	if (k != NULL)
		imp_reply(rep, 200, imp_key_json(k));
	else
		refuse_unknown(rep, rq->arg[0]);
	imp_unlock();
}

/* Schedules left behind stay, and fail when they run. */
void
imp_key_delete(struct request *rq, struct reply *rep)
{
	const struct imp_key *k;

	imp_lock();
	k = imp_key_find(rq->arg[0]);
	if (k != NULL) {
		imp_reply(rep, 200, imp_key_json(k));
		imp_key_remove(rq->arg[0]);
	} else {
		refuse_unknown(rep, rq->arg[0]);
	}
	imp_unlock();
}
