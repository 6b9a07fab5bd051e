/* Iamport (PortOne V1): billing keys, charges now and by schedule, look-ups, cancels. */
#ifndef SANDBOX_IMP_H
#define SANDBOX_IMP_H

#include "deploy/sandbox/router.h"

#include <stdint.h>
#include <stdio.h>

#define IMP_UID_SIZE 32
#define IMP_MERCHANT_UID_MAX 40
#define IMP_CUSTOMER_UID_MAX 80

enum imp_status {
	IMP_READY,
	IMP_PAID,
	IMP_CANCELLED,
	IMP_FAILED,
};

enum imp_usage {
	IMP_USED_NOT,
	IMP_USED_ISSUE,
	IMP_USED_PAYMENT,
	IMP_USED_SCHEDULED,
};

struct imp_key {
	char customer_uid[IMP_CUSTOMER_UID_MAX + 1];
	char masked[24];
	bool declines;			/* charges to it fail */
	json_t *fields;			/* the caller's customer_* */
	int64_t inserted_us, updated_us;
};

struct imp_cancel {
	int64_t amount, at_us;
	char reason[256];
	char id[IMP_UID_SIZE];
};

struct imp_payment {
	char imp_uid[IMP_UID_SIZE];
	char merchant_uid[IMP_MERCHANT_UID_MAX + 1];
	char customer_uid[IMP_CUSTOMER_UID_MAX + 1];
	char masked[24];
	enum imp_status status;
	enum imp_usage usage;
	int64_t amount, cancelled;
	int64_t started_us, paid_us, failed_us, cancelled_us;
	char *fail_reason;
	json_t *fields;			/* name, buyer_*, custom_data as given */
	struct imp_cancel *cancels;
	size_t cancel_count;
	struct imp_payment *older;	/* of the same merchant_uid */
};

enum imp_schedule_status {
	IMP_SCHEDULED,
	IMP_EXECUTED,
	IMP_REVOKED,
};

struct imp_schedule {
	char customer_uid[IMP_CUSTOMER_UID_MAX + 1];
	char merchant_uid[IMP_MERCHANT_UID_MAX + 1];
	enum imp_schedule_status status;
	const struct imp_payment *payment;	/* NULL until run */
	int64_t amount;
	int64_t at_s, executed_us, revoked_us;
	json_t *fields;
};

/* What one charge needs to know. */
struct imp_charge {
	const char *merchant_uid, *customer_uid, *masked;
	int64_t amount;
	const json_t *fields;
	enum imp_usage usage;
	const char *refusal;		/* NULL when the card pays */
};

/* imp.c: code 0 takes the value over; the refusals are HTTP 200 unless a status is given. */
extern const struct provider imp_provider, imp_open_provider;
void imp_reply(struct reply *rep, int status, json_t *value);
void imp_refuse(struct reply *rep, int status, int code, const char *message);
step_fn imp_token;

/* imp_body.c: JSON or form, either as one JSON object; never NULL. */
json_t *imp_body(const struct request *rq);
/* A whole number, also when a form spelled it as text. */
bool imp_whole(const json_t *object, const char *name, int64_t *value);
/* A list of texts under a name, with or without "[]", alone or in an array. */
size_t imp_texts(const json_t *object, const char *name, const char **texts, size_t max);
/* The members a payment hands back as they were given. */
json_t *imp_passed_on(const json_t *in);

/* imp_store.c: the lock guards keys, payments and schedules. */
void imp_lock(void);
void imp_unlock(void);
struct imp_key *imp_key_find(const char *customer_uid);
struct imp_key *imp_key_put(const char *customer_uid);
bool imp_key_remove(const char *customer_uid);
struct imp_payment *imp_payment_new(const char *merchant_uid);
/* One more cancel of the payment, to be filled in; NULL when memory is out. */
struct imp_cancel *imp_cancel_new(struct imp_payment *p);
struct imp_payment *imp_by_uid(const char *imp_uid);
/* The newest attempt; older ones hang on it. */
struct imp_payment *imp_by_merchant(const char *merchant_uid);
struct imp_payment *const *imp_payments(size_t *count);
struct imp_schedule *imp_schedule_new(const char *merchant_uid);
struct imp_schedule *imp_schedule_find(const char *merchant_uid);
struct imp_schedule *const *imp_schedules(size_t *count);
void imp_reset(void);
void imp_prepare_reset(void);

/* imp_object.c */
json_t *imp_payment_json(const struct imp_payment *p);
json_t *imp_key_json(const struct imp_key *k);
json_t *imp_schedule_json(const struct imp_schedule *s);
const char *imp_status_name(enum imp_status status);

/* imp_charge.c: makes the payment, paid or failed; NULL when memory is out. Lock held. */
struct imp_payment *imp_charge(const struct imp_charge *c);
/* Whether the uid may not be charged again. */
bool imp_uid_used(const char *merchant_uid);
/* What is wrong with a card, or NULL; fills in the key. */
const char *imp_read_card(const json_t *in, struct imp_key *key);
step_fn imp_onetime, imp_again;

step_fn imp_key_post, imp_key_get, imp_key_delete;
step_fn imp_schedule_post, imp_unschedule, imp_schedule_get, imp_schedule_put;
step_fn imp_schedule_retry, imp_schedule_again, imp_schedule_of_customer;
step_fn imp_get, imp_find, imp_find_status, imp_find_all, imp_cancel;
step_fn imp_prepare, imp_prepare_get, imp_forge;

/* imp_event.c: note in the inbox; the webhook only where Iamport sends one. Lock held. */
void imp_note(const struct imp_payment *p, bool webhook, const char *cancellation_id);
void imp_describe(FILE *out);

/* Runs the schedules that have come due. */
void imp_tick(void);

#endif
