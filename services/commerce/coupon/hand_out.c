/* Coupons handed out. */
#include "services/commerce/coupon/hand_out.h"
#include <stdlib.h>
#include <string.h>
#include "common/audit/audit.h"
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "gen/services/commerce/coupon/hand_out.sql.h"
#include "gen/services/commerce/on/user_joined.sql.h"

typedef struct sql_coupon_holders_row holder;

static const int64_t DAY_US = INT64_C(24) * 3600 * 1000000;

static const struct err *
check(struct req *rq, const struct hand_out *what)
{
	const struct coupon *c = &what->coupon;
	bool by_operator = strcmp(what->claim, "operator") == 0;

	if (!by_operator && !text_is(c->claim, what->claim))
		return FAIL(rq, NOT_FOUND, "coupon.not_found", "there is no such coupon");
	if (c->has_closed_at || rq->now_us >= c->ends_at)
		return FAIL(rq, RULE, "coupon.expired", "this coupon has ended");
	if (!by_operator && rq->now_us < c->starts_at)
		return FAIL(rq, RULE, "coupon.not_applicable", "this coupon has not started yet");
	return NULL;
}

static int
by_user(const void *key, const void *row)
{
	return memcmp(key, ((const holder *)row)->user_id.b, sizeof(struct uuid));
}

/* room: how many the total cap leaves. */
static const char *
refusal(const struct coupon *c, const holder *h, int64_t room)
{
	if (h == NULL)
		return "unknown_user";
	if (h->held >= c->per_user_cap)
		return "per_customer";
	return room <= 0 ? "used_up" : NULL;
}

/* What is written of those who get one. */
struct given { struct uuid *ids, *users, *companies; int32_t *nths; size_t n; };

static void
give(struct hand_out *what, holder *holders, size_t n, struct given *given)
{
	const struct coupon *c = &what->coupon;
	int64_t room = c->has_total_cap ? c->total_cap - c->registered : INT64_MAX;

	for (size_t i = 0; i < what->n; i++) {
		struct recipient *to = &what->to[i];
		holder *h = bsearch(to->user_id.b, holders, n, sizeof(*holders), by_user);

		to->refusal = refusal(c, h, room);
		if (to->refusal != NULL)
			continue;
		to->id = uuid_new();
		room--;
		h->held++;
		given->ids[given->n] = to->id;
		given->users[given->n] = to->user_id;
		given->companies[given->n] = h->company_id;
		given->nths[given->n++] = (int32_t)h->held;
	}
}

/* What users take themselves is no grant. */
static const struct err *
audit_grant(struct req *rq, const struct hand_out *what, struct uuid id, struct uuid user)
{
	if (strcmp(what->claim, "operator") != 0)
		return NULL;
	return audit_put(rq, &(struct audit){ .action = "coupon.granted", .subject = what->coupon_id,
		.is = AUDIT_OF(kv_u("id", id), kv_u("userId", user), kv_t("name", what->coupon.name)) });
}

static const struct err *
tell(struct req *rq, const struct hand_out *what, const struct given *given)
{
	for (size_t i = 0; i < given->n; i++) {
		rq->company = given->companies[i];      /* the event's tenant is the user's */
		TRY(audit_grant(rq, what, given->ids[i], given->users[i]));
		TRY(outbox_put(rq, &coupon_registered_v1_event, given->users[i], &(struct coupon_registered_v1){
			.registered_coupon_id = given->ids[i], .coupon_id = what->coupon_id, .name = what->coupon.name,
			.user_id = given->users[i], .company_id = given->companies[i], .claim = text_of(what->claim),
			.valid_until = what->valid_until, .registered_at = rq->now_us }));
	}
	return NULL;
}

static const struct err *
write_given(struct req *rq, struct hand_out *what, const struct given *given)
{
	return sql_coupon_hand_out(rq, &(struct sql_coupon_hand_out_in){ .coupon_id = what->coupon_id, .ids = given->ids,
		.n_ids = given->n, .user_ids = given->users, .n_user_ids = given->n, .company_ids = given->companies,
		.n_company_ids = given->n, .nths = given->nths, .n_nths = given->n, .valid_until = what->valid_until,
		.claim = text_of(what->claim), .code_id = what->code_id, .now = rq->now_us });
}

/* Valid for some days from now, or from when the coupon begins, but not beyond its end. */
static int64_t
valid_until(const struct coupon *c, int64_t now_us)
{
	int64_t until = (now_us > c->starts_at ? now_us : c->starts_at) + c->valid_days * DAY_US;

	return until < c->ends_at ? until : c->ends_at;
}

static const struct err *
lock_coupon(struct req *rq, struct hand_out *what)
{
	struct sql_coupon_lock_row row;
	bool found;

	TRY(sql_coupon_lock(rq, what->coupon_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "coupon.not_found", "there is no such coupon");
	what->coupon = COUPON(row);
	what->valid_until = valid_until(&what->coupon, rq->now_us);
	return check(rq, what);
}

const struct err *
coupon_hand_out(struct req *rq, struct hand_out *what)
{
	struct given given = { NEWS(rq->mem, struct uuid, what->n), NEWS(rq->mem, struct uuid, what->n),
		NEWS(rq->mem, struct uuid, what->n), NEWS(rq->mem, int32_t, what->n), 0 };
	struct uuid *users = NEWS(rq->mem, struct uuid, what->n);
	holder *holders;
	size_t n;

	for (size_t i = 0; i < what->n; i++)
		users[i] = what->to[i].user_id;
	TRY(lock_coupon(rq, what));
	TRY(sql_coupon_holders(rq, what->coupon_id, users, what->n, &holders, &n));
	give(what, holders, n, &given);
	FAULT_POINT("coupon.checked");
	if (given.n == 0)
		return NULL;
	TRY(write_given(rq, what, &given));
	FAULT_POINT("coupon.written");
	LOG(rq, INFO, "coupon.registered", kv_u("coupon", what->coupon_id), kv_i("coupons", (int64_t)given.n));
	return tell(rq, what, &given);
}

static const struct err *
refused(struct req *rq, const char *why)
{
	if (why == NULL)
		return NULL;
	if (strcmp(why, "per_customer") == 0)
		return FAIL(rq, CONFLICT, "coupon.per_customer", "you have had as many of this coupon as one may have");
	return FAIL(rq, RULE, "coupon.used_up", "all of these coupons are taken");
}

const struct err *
coupon_claim(struct req *rq, struct uuid coupon_id, const char *claim, struct uuid code_id, struct registered_coupon *out)
{
	struct recipient me = { .user_id = rq->user };
	struct hand_out what = { .coupon_id = coupon_id, .claim = claim, .code_id = code_id, .to = &me, .n = 1 };

	TRY(sql_account_open(rq, rq->user, rq->company));
	TRY(coupon_hand_out(rq, &what));
	TRY(refused(rq, me.refusal));
	*out = (struct registered_coupon){ .id = me.id, .coupon_id = coupon_id, .name = what.coupon.name,
		.kind = what.coupon.kind, .value = what.coupon.value, .status = TEXT("usable"),
		.valid_until = what.valid_until, .registered_at = rq->now_us };
	return NULL;
}
