/* Iamport's billing keys, payments and schedules in memory. */
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/digest.h"
#include "deploy/sandbox/imp.h"
#include "deploy/sandbox/table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PAYMENTS_MAX 200000
#define SCHEDULES_MAX 200000
#define KEYS_MAX 100000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct table keys, by_uid, by_merchant, by_schedule;
static struct imp_payment *payments[PAYMENTS_MAX];
static struct imp_schedule *schedules[SCHEDULES_MAX];
static size_t payment_count, schedule_count;

void
imp_lock(void)
{
	pthread_mutex_lock(&lock);
}

void
imp_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

struct imp_key *
imp_key_find(const char *customer_uid)
{
	return table_get(&keys, customer_uid);
}

static void
release_key(void *value)
{
	struct imp_key *k = value;

	json_decref(k->fields);
	free(k);
}

struct imp_key *
imp_key_put(const char *customer_uid)
{
	struct imp_key *k = table_get(&keys, customer_uid);

	if (k != NULL || keys.count == KEYS_MAX || (k = calloc(1, sizeof(*k))) == NULL)
		return k;
	snprintf(k->customer_uid, sizeof(k->customer_uid), "%s", customer_uid);
	k->inserted_us = clock_now();
	if (!table_put(&keys, k->customer_uid, k)) {
		free(k);
		return NULL;
	}
	return k;
}

bool
imp_key_remove(const char *customer_uid)
{
	struct imp_key *k = table_take(&keys, customer_uid);

	if (k != NULL)
		release_key(k);
	return k != NULL;
}

struct imp_payment *
imp_payment_new(const char *merchant_uid)
{
	struct imp_payment *p;
	char tail[9];

	if (payment_count == PAYMENTS_MAX || (p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->started_us = clock_now();
	digest_random(tail, sizeof(tail) - 1);
	snprintf(p->imp_uid, sizeof(p->imp_uid), "imps_%012lld%s",
	    (long long)(p->started_us / 1000 % 1000000000000), tail);
	snprintf(p->merchant_uid, sizeof(p->merchant_uid), "%s", merchant_uid);
	p->older = table_get(&by_merchant, p->merchant_uid);
	if (!table_put(&by_uid, p->imp_uid, p)) {
		free(p);
		return NULL;
	}
	if (!table_put(&by_merchant, p->merchant_uid, p)) {
		table_take(&by_uid, p->imp_uid);
		free(p);
		return NULL;
	}
	payments[payment_count++] = p;
	return p;
}

struct imp_cancel *
imp_cancel_new(struct imp_payment *p)
{
	struct imp_cancel *grown = realloc(p->cancels, (p->cancel_count + 1) * sizeof(*grown));

	if (grown == NULL)
		return NULL;
	p->cancels = grown;
	return &grown[p->cancel_count++];
}

struct imp_payment *
imp_by_uid(const char *imp_uid)
{
	return table_get(&by_uid, imp_uid);
}

struct imp_payment *
imp_by_merchant(const char *merchant_uid)
{
	return table_get(&by_merchant, merchant_uid);
}

struct imp_payment *const *
imp_payments(size_t *count)
{
	*count = payment_count;
	return payments;
}

struct imp_schedule *
imp_schedule_new(const char *merchant_uid)
{
	struct imp_schedule *s;

	if (schedule_count == SCHEDULES_MAX || (s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	snprintf(s->merchant_uid, sizeof(s->merchant_uid), "%s", merchant_uid);
	if (!table_put(&by_schedule, s->merchant_uid, s)) {
		free(s);
		return NULL;
	}
	schedules[schedule_count++] = s;
	return s;
}

struct imp_schedule *
imp_schedule_find(const char *merchant_uid)
{
	return table_get(&by_schedule, merchant_uid);
}

struct imp_schedule *const *
imp_schedules(size_t *count)
{
	*count = schedule_count;
	return schedules;
}

static void
release_payment(struct imp_payment *p)
{
	free(p->cancels);
	free(p->fail_reason);
	json_decref(p->fields);
	free(p);
}

void
imp_reset(void)
{
	imp_lock();
	table_clear(&by_uid, NULL);
	table_clear(&by_merchant, NULL);
	table_clear(&by_schedule, NULL);
	table_clear(&keys, release_key);
	for (size_t i = 0; i < payment_count; i++)
		release_payment(payments[i]);
	for (size_t i = 0; i < schedule_count; i++) {
		json_decref(schedules[i]->fields);
		free(schedules[i]);
	}
	payment_count = schedule_count = 0;
	imp_unlock();
}
