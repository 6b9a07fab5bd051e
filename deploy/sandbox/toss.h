/* Toss Payments: the steps of its API and of the browser's side, and its payments. */
#ifndef SANDBOX_TOSS_H
#define SANDBOX_TOSS_H

#include "deploy/sandbox/router.h"

#include <stdint.h>
#include <stdio.h>

enum toss_status {
	TOSS_IN_PROGRESS,
	TOSS_WAITING_FOR_DEPOSIT,
	TOSS_DONE,
	TOSS_CANCELED,
	TOSS_PARTIAL_CANCELED,
	TOSS_ABORTED,
	TOSS_EXPIRED,
};

enum toss_method {
	TOSS_CARD,
	TOSS_VBANK,
};

/* How the buyer's card behaves when the payment is confirmed. */
enum toss_card {
	TOSS_CARD_SUCCESS,
	TOSS_CARD_DECLINE,
	TOSS_CARD_TIMEOUT,
	TOSS_CARD_LATE,
};

#define TOSS_ORDER_ID_MAX 64
#define TOSS_KEY_MAX 40
#define TOSS_REASON_CHARS_MAX 200
#define TOSS_TRANSACTION_KEY 33

struct toss_error {
	const char *code;
	int status;
	const char *ko, *en;
};

struct toss_cancel {
	int64_t amount, tax_free, refundable, at_us;
	char reason[4 * TOSS_REASON_CHARS_MAX + 1];
	char transaction_key[TOSS_TRANSACTION_KEY];
};

struct toss_payment {
	char key[TOSS_KEY_MAX + 1];
	char order_id[TOSS_ORDER_ID_MAX + 1];
	char *order_name;
	enum toss_status status;
	enum toss_method method;
	enum toss_card card;
	int64_t total, balance;
	int64_t requested_us, approved_us;
	char transaction_key[TOSS_TRANSACTION_KEY];
	char secret[33];
	char account[16];
	struct toss_cancel *cancels;
	size_t cancel_count;
	const struct toss_error *failure;
	struct toss_payment *older;	/* of the same order */
};

/* One movement of money, for the list that merchants reconcile against. */
struct toss_transaction {
	const struct toss_payment *payment;
	char key[TOSS_TRANSACTION_KEY];
	int64_t amount, at_us;
	const char *status;
};

/* toss_error.c */
const struct toss_error *toss_error(const char *code);
void toss_refuse(struct reply *rep, const char *code);

/* toss_store.c: the lock guards everything that the functions below it reach. */
void toss_lock(void);
void toss_unlock(void);
bool toss_is_order_id(const char *text);
struct toss_payment *toss_payment_new(const char *order_id, const char *order_name,
    int64_t amount);
struct toss_payment *toss_by_key(const char *key);
struct toss_payment *toss_by_order(const char *order_id);
bool toss_captured(const struct toss_payment *p);
/* The payment of the order that took money, or NULL. */
struct toss_payment *toss_captured_of(const char *order_id);
void toss_note_transaction(const struct toss_payment *p, const char *key, int64_t amount,
    const char *status);
const struct toss_transaction *toss_transactions(size_t *count);
struct toss_payment *const *toss_payments(size_t *count);
/* Makes sessions that nobody confirmed in time EXPIRED. */
void toss_expire(void);
void toss_reset(void);

/* toss_object.c */
json_t *toss_payment_json(const struct toss_payment *p);
const char *toss_status_name(enum toss_status status);
const char *toss_method_name(enum toss_method method);

/* toss_event.c: what the world is told after a change; the lock is held. */
void toss_changed(const struct toss_payment *p);
void toss_deposited(const struct toss_payment *p);

/* toss_buyer.c: the answer may be read by a script of any page. */
void toss_allow_any_origin(struct reply *rep);

/* The provider and its steps. */
extern const struct provider toss_provider;
step_fn toss_confirm, toss_get, toss_get_order, toss_cancel, toss_list_transactions;
step_fn toss_authenticate, toss_deposit, toss_forge, toss_widget, toss_preflight;

/* Writes the payments as members of a JSON object for the state page. */
void toss_describe(FILE *out);

#endif
