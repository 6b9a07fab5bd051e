/* Toss's payments in memory, found by payment key and by order, and their transactions. */
#include "deploy/sandbox/toss.h"
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/digest.h"
#include "deploy/sandbox/table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PAYMENTS_MAX 200000
#define TRANSACTIONS_MAX 600000
/* The provider confirms within ten minutes of the buyer's authentication or not at all. */
#define SESSION_LIFE (10 * CLOCK_MINUTE)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct toss_payment *payments[PAYMENTS_MAX];
static size_t payment_count;
static size_t expire_from;		/* everything before it is past IN_PROGRESS */
static struct table by_key, by_order;
static struct toss_transaction *transactions;
static size_t transaction_count, transaction_room;

void
toss_lock(void)
{
	pthread_mutex_lock(&lock);
}

void
toss_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

static void
release(struct toss_payment *p)
{
	free(p->cancels);
	free(p->order_name);
	free(p);
}

static void
name_payment(struct toss_payment *p)
{
	char at[CLOCK_TEXT], tail[13];

	clock_kst(p->requested_us, "%Y%m%d%H%M%S", at);
	digest_random(tail, sizeof(tail) - 1);
	snprintf(p->key, sizeof(p->key), "tsbx%.14s%.12s", at, tail);
}

bool
toss_is_order_id(const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	return len >= 6 && len <= TOSS_ORDER_ID_MAX
	    && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-_=") == len;
}

struct toss_payment *
toss_payment_new(const char *order_id, const char *order_name, int64_t amount)
{
	struct toss_payment *p;

	if (payment_count == PAYMENTS_MAX || (p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->requested_us = clock_now();
	p->total = p->balance = amount;
	p->order_name = strndup(order_name, 400);
	snprintf(p->order_id, sizeof(p->order_id), "%s", order_id);
	name_payment(p);
	p->older = table_get(&by_order, p->order_id);
	if (p->order_name == NULL || !table_put(&by_key, p->key, p)) {
		release(p);
		return NULL;
	}
	if (!table_put(&by_order, p->order_id, p)) {
		table_take(&by_key, p->key);
		release(p);
		return NULL;
	}
	payments[payment_count++] = p;
	return p;
}

static void
expire(struct toss_payment *p, int64_t now)
{
	if (p->status != TOSS_IN_PROGRESS || now - p->requested_us <= SESSION_LIFE)
		return;
	p->status = TOSS_EXPIRED;
	p->failure = toss_error("EXPIRED_PAYMENT");
	toss_changed(p);
}

/* Sessions run out in the order they began, so the first that still runs ends the search. */
void
toss_expire(void)
{
	int64_t now = clock_now();

	while (expire_from < payment_count) {
		expire(payments[expire_from], now);
		if (payments[expire_from]->status == TOSS_IN_PROGRESS)
			break;
		expire_from++;
	}
}

struct toss_payment *
toss_by_key(const char *key)
{
	struct toss_payment *p = table_get(&by_key, key);

	if (p != NULL)
		expire(p, clock_now());
	return p;
}

bool
toss_captured(const struct toss_payment *p)
{
	return p->approved_us != 0;
}

struct toss_payment *
toss_captured_of(const char *order_id)
{
	struct toss_payment *p = table_get(&by_order, order_id);

	while (p != NULL && !toss_captured(p))
		p = p->older;
	return p;
}

struct toss_payment *
toss_by_order(const char *order_id)
{
	struct toss_payment *p = toss_captured_of(order_id);

	if (p == NULL)
		p = table_get(&by_order, order_id);
	if (p != NULL)
		expire(p, clock_now());
	return p;
}

void
toss_note_transaction(const struct toss_payment *p, const char *key, int64_t amount,
    const char *status)
{
	struct toss_transaction *t;

	if (transaction_count == transaction_room) {
		size_t room = transaction_room == 0 ? 256 : 2 * transaction_room;
		struct toss_transaction *grown;

		grown = room <= TRANSACTIONS_MAX ? realloc(transactions, room * sizeof(*t)) : NULL;
		if (grown == NULL)
			return;
		transactions = grown;
		transaction_room = room;
	}
	t = &transactions[transaction_count++];
	*t = (struct toss_transaction){ .payment = p, .amount = amount, .status = status };
	snprintf(t->key, sizeof(t->key), "%s", key);
	t->at_us = clock_now();
}

const struct toss_transaction *
toss_transactions(size_t *count)
{
	*count = transaction_count;
	return transactions;
}

struct toss_payment *const *
toss_payments(size_t *count)
{
	*count = payment_count;
	return payments;
}

void
toss_reset(void)
{
	table_clear(&by_key, NULL);
	table_clear(&by_order, NULL);
	while (payment_count > 0)
		release(payments[--payment_count]);
	free(transactions);
	transactions = NULL;
	transaction_count = transaction_room = expire_from = 0;
}
