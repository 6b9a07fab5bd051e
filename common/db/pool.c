/* A bounded pool of connections, made when they are needed. Lock: pool->lock alone, never held while
 * anything is sent or waited for but the condition. */
#include <errno.h>
#include <postgresql/libpq-fe.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/db/conn.h"
#include "common/metrics/metrics.h"

/* After a failed connect nobody else tries for half a second: a pool of threads that each wait for their own
 * timeout would hold every request of the service. */
enum { BREAK_US = 500000 };

struct db_pool {
	char            *url, *schema;
	int              size;
	pthread_mutex_t  lock;
	pthread_cond_t   returned;
	struct db_conn  *idle;           /* the last returned first: its caches are warm */
	int              open, busy;
	uint64_t         waits;
	int64_t          down_until_us;  /* clock_mono_us() */
};

METRIC(busy, GAUGE, "dure_db_pool_busy", NULL, "Connections in use");
METRIC(size_max, GAUGE, "dure_db_pool_size", NULL, "Connections there may be");
METRIC(waits, COUNTER, "dure_db_pool_waits_total", NULL, "Times that all connections were in use and one was waited for");
METRIC(refusals, COUNTER, "dure_db_pool_refusals_total", "reason",
    "Work refused for want of a connection: busy (all in use until its time was over), down (PostgreSQL does not answer)");
METRIC(up, GAUGE, "dure_db_up", NULL, "1 when the last attempt to connect to PostgreSQL or to take a connection succeeded");

static char *
own_copy(const char *s)
{
	char *copy = s == NULL ? NULL : strdup(s);

	SURE(s == NULL || copy != NULL);
	return copy;
}

static struct db_pool *
make(const char *url, const char *schema, int size)
{
	struct db_pool *p = calloc(1, sizeof(*p));
	pthread_condattr_t monotonic;

	SURE(p != NULL && size > 0);
	p->url = own_copy(url);
	p->schema = own_copy(schema);
	p->size = size;
	SURE(pthread_mutex_init(&p->lock, NULL) == 0);
	SURE(pthread_condattr_init(&monotonic) == 0);
	SURE(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
	SURE(pthread_cond_init(&p->returned, &monotonic) == 0);
	(void)pthread_condattr_destroy(&monotonic);
	metric_set(&size_max, NULL, size);
	metric_add(&refusals, "busy", 0);
	metric_add(&refusals, "down", 0);
	return p;
}

const struct err *
db_pool_open(struct req *rq, struct db_pool **out, const char *url, const char *schema, int size)
{
	char *why = NULL;
	PQconninfoOption *parts = PQconninfoParse(url, &why);

	if (parts == NULL) {      /* libpq's words may quote the password */
		PQfreemem(why);
		return FAIL(rq, INVALID, "db.url", "the database url is not understood");
	}
	PQconninfoFree(parts);
	*out = make(url, schema, size);
	return NULL;
}

void
db_pool_close(struct db_pool **pool)
{
	struct db_pool *p = *pool;

	if (p == NULL)
		return;
	SURE(p->busy == 0);
	while (p->idle != NULL) {
		struct db_conn *c = p->idle;
		p->idle = c->next;
		db_conn_close(&c);
	}
	(void)pthread_cond_destroy(&p->returned);
	(void)pthread_mutex_destroy(&p->lock);
	free(p->url);
	free(p->schema);
	free(p);
	*pool = NULL;
}

/* False when the limit passed. */
static bool
wait_returned(struct db_pool *p, int64_t limit_us)
{
	struct timespec until = { limit_us / 1000000, (limit_us % 1000000) * 1000 };

	return pthread_cond_timedwait(&p->returned, &p->lock, &until) != ETIMEDOUT;
}

enum got { GOT_IDLE, GOT_PLACE, GOT_NOTHING, GOT_DOWN };

/* An idle connection, or the right to make one. Counted busy from here on. */
static enum got
claim(struct db_pool *p, int64_t limit_us, struct db_conn **out)
{
	bool waited = false;

	while (p->idle == NULL && p->open == p->size) {
		p->waits += waited ? 0 : 1;
		waited = true;
		if (!wait_returned(p, limit_us) && p->idle == NULL && p->open == p->size)
			return GOT_NOTHING;
	}
	if (p->idle == NULL && clock_mono_us() < p->down_until_us)
		return GOT_DOWN;
	p->busy++;
	if (p->idle == NULL) {
		p->open++;
		return GOT_PLACE;
	}
	*out = p->idle;
	p->idle = (*out)->next;
	return GOT_IDLE;
}

static void
give_up_place(struct db_pool *p, int64_t down_until_us)
{
	(void)pthread_mutex_lock(&p->lock);
	p->open--;
	p->busy--;
	p->down_until_us = down_until_us;
	(void)pthread_cond_signal(&p->returned);
	(void)pthread_mutex_unlock(&p->lock);
}

static const struct err *
connect_place(struct req *rq, struct db_pool *p, int64_t limit_us, struct db_conn **out)
{
	const struct db_target to = { p->url, p->schema };
	const struct err *e = db_conn_open(rq, &to, limit_us, out);

	metric_set(&up, NULL, e == NULL);
	if (e != NULL)
		give_up_place(p, clock_mono_us() + BREAK_US);
	else
		metric_add(&busy, NULL, 1);
	return e;
}

/* An idle connection that the server closed meanwhile makes room for the next one. */
static bool
is_still_good(struct db_pool *p, struct db_conn **c)
{
	if (db_conn_is_clean(*c)) {
		metric_add(&busy, NULL, 1);
		return true;
	}
	db_conn_close(c);
	give_up_place(p, 0);
	return false;
}

static const struct err *
refuse(struct req *rq, bool is_down)
{
	metric_add(&refusals, is_down ? "down" : "busy", 1);
	if (is_down)
		return FAIL(rq, BUSY, "db.down", "The database is not available");
	return FAIL(rq, BUSY, "db.busy", "The database is busy");
}

/* As claim(), counted. */
static enum got
claim_and_count(struct db_pool *p, int64_t limit_us, struct db_conn **out)
{
	uint64_t waited;
	enum got got;

	(void)pthread_mutex_lock(&p->lock);
	waited = p->waits;
	got = claim(p, limit_us, out);
	waited = p->waits - waited;
	(void)pthread_mutex_unlock(&p->lock);
	if (waited > 0)
		metric_add(&waits, NULL, 1);
	return got;
}

const struct err *
db_pool_take(struct req *rq, struct db_pool *p, struct db_conn **out)
{
	int64_t limit_us = db_limit(rq);

	for (;;) {
		enum got got = claim_and_count(p, limit_us, out);

		if (got == GOT_NOTHING || got == GOT_DOWN)
			return refuse(rq, got == GOT_DOWN);
		if (got == GOT_PLACE)
			return connect_place(rq, p, limit_us, out);
		if (is_still_good(p, out))
			return NULL;
	}
}

void
db_pool_give(struct db_pool *p, struct db_conn **c)
{
	struct db_conn *back = *c;

	*c = NULL;
	if (!db_conn_is_clean(back))
		db_conn_close(&back);
	(void)pthread_mutex_lock(&p->lock);
	p->busy--;
	if (back == NULL) {
		p->open--;
	} else {
		back->next = p->idle;
		p->idle = back;
	}
	(void)pthread_cond_signal(&p->returned);
	(void)pthread_mutex_unlock(&p->lock);
	metric_add(&busy, NULL, -1);
}

struct db_pool_stats
db_pool_stats(struct db_pool *p)
{
	struct db_pool_stats s;

	(void)pthread_mutex_lock(&p->lock);
	s = (struct db_pool_stats){ .size = p->size, .open = p->open, .busy = p->busy, .waits = p->waits };
	(void)pthread_mutex_unlock(&p->lock);
	return s;
}
