/* Rate limits. */
#include "services/gateway/gate/limit.h"
#include <pthread.h>
#include <string.h>
#include "common/core/address.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/metrics/metrics.h"

METRIC(refusals, COUNTER, "dure_gateway_limit_refusals_total", "limit", "Calls refused with 429, by the limit that was reached");
METRIC(untold, COUNTER, "dure_gateway_refusals_untold_total", NULL,
    "Refusals (4xx) without a line in the logs: their address had as many as it may");

static struct limit limits[] = {
#define LIMIT(name, count, seconds) { #name, count, seconds },
#include "services/gateway/limits.def"
#undef LIMIT
};

static struct limit *
named(struct text name)
{
	for (size_t i = 0; i < COUNT_OF(limits); i++)
		if (text_is(name, limits[i].name))
			return &limits[i];
	return NULL;
}

static const struct err *
read_one(struct req *rq, struct text change)
{
	struct text seconds = change, name = text_trim(text_cut(&seconds, '=')), count = text_cut(&seconds, '/');
	struct limit *limit = named(name);
	int64_t n, s;

	if (limit == NULL || !text_to_i64(text_trim(count), &n) || !text_to_i64(text_trim(seconds), &s) || n < 1 ||
	    n > 100000000 || s < 1 || s > 86400)
		return FAIL(rq, INVALID, "config.limits", "DURE_LIMITS: \"%.*s\" is not name=count/seconds of a known name",
		    TEXT_ARG(change));
	limit->count = (int)n;
	limit->window_s = (int)s;
	return NULL;
}

const struct err *
limits_change(struct req *rq, const char *changes)
{
	for (struct text rest = text_of(changes); rest.len > 0;) {
		struct text change = text_trim(text_cut(&rest, ','));

		if (change.len > 0)
			TRY(read_one(rq, change));
	}
	return NULL;
}

const struct limit *
limit_find(const char *name)
{
	const struct limit *limit = named(text_of(name));

	SURE(limit != NULL);
	return limit;
}

struct limit_ask
limit_ask(struct req *rq, const struct limit *limit, struct text subject)
{
	return (struct limit_ask){ .key = JOIN(rq->mem, text_of(limit->name), TEXT(":"), subject).at,
		.limit = limit->count, .window_s = limit->window_s };
}

/* "name";q=1200;w=60 */
static void
put_item(struct buf *head, const char *name, char first, int is, char second, int and)
{
	buf_byte(head, '"');
	buf_str(head, name);
	buf_put(head, (char[]){ '"', ';', first, '=' }, 4);
	buf_i64(head, is);
	buf_put(head, (char[]){ ';', second, '=' }, 3);
	buf_i64(head, and);
}

void
limit_head(struct buf *head, const struct limit_count *counts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_str(head, i == 0 ? "RateLimit-Policy: " : ", ");
		put_item(head, counts[i].limit->name, 'q', counts[i].limit->count, 'w', counts[i].limit->window_s);
	}
	for (size_t i = 0; i < n; i++) {
		buf_str(head, i == 0 ? "\r\nRateLimit: " : ", ");
		put_item(head, counts[i].limit->name, 'r', counts[i].answer.remaining, 't', counts[i].answer.reset_s);
	}
	buf_str(head, "\r\n");
}

const struct err *
limit_over(struct req *rq, const struct limit_count *counts, size_t n)
{
	const struct limit_count *over = counts;
	struct err *e;

	while (over < counts + n && !over->answer.over)
		over++;
	if (over == counts + n)
		return NULL;
	metric_add(&refusals, over->limit->name, 1);
	e = FAIL(rq, TOO_MANY, "quota-exceeded", "more than %d calls in %d seconds", over->limit->count, over->limit->window_s);
	e->retry_after_s = over->answer.reset_s > 0 ? over->answer.reset_s : 1;
	return e;
}

struct text
limit_network(struct arena *mem, struct text address)
{
	char network[ADDRESS_CHARS + 1];

	if (address.len == 0 || memchr(address.at, ':', address.len) == NULL)
		return address;
	address_network(address, network);
	return arena_text(mem, network);
}

/* Subjects that share a slot are counted together, until the longest of their windows ends: strict, never lax, and nobody's
 * count is given up for another's. Who shares one with whom depends on the seed, so that nobody can choose whose count to
 * use up; LOCAL_SLOTS: nor use up all of them from a few thousand addresses. */
enum { LOCAL_SLOTS = 65536 };
static struct { int64_t until_s; int used; } slots[LOCAL_SLOTS];
static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;
static uint64_t seed;

static void
choose_seed(void)
{
	random_bytes(&seed, sizeof(seed));
}

/* FNV-1a from a start that nobody knows. */
static size_t
slot_of(const struct limit *limit, struct text subject)
{
	uint64_t h;

	SURE(pthread_once(&seed_once, choose_seed) == 0);
	h = UINT64_C(14695981039346656037) ^ seed;
	for (const char *c = limit->name; *c != '\0'; c++)
		h = (h ^ (unsigned char)*c) * UINT64_C(1099511628211);
	for (size_t i = 0; i < subject.len; i++)
		h = (h ^ (unsigned char)subject.at[i]) * UINT64_C(1099511628211);
	return (h ^ h >> 32) % LOCAL_SLOTS;
}

/* Counts `n` calls, which is 1 or 0. */
static void
count_locally(const struct limit *limit, struct text subject, int n, struct limit_answer *out)
{
	size_t at = slot_of(limit, subject);
	int64_t now_s = clock_mono_us() / 1000000, until_s = (now_s / limit->window_s + 1) * limit->window_s;
	int left;

	SURE(pthread_mutex_lock(&slots_lock) == 0);
	if (now_s >= slots[at].until_s)
		slots[at].used = 0;
	if (now_s >= slots[at].until_s || (n > 0 && until_s > slots[at].until_s))
		slots[at].until_s = until_s;
	until_s = slots[at].until_s;
	left = limit->count - slots[at].used;
	if (left > 0)
		slots[at].used += n;
	SURE(pthread_mutex_unlock(&slots_lock) == 0);
	*out = (struct limit_answer){ .over = left <= 0, .remaining = left > n ? left - n : 0,
		.reset_s = (int)(until_s - now_s) };
}

void
limit_locally(const struct limit *limit, struct text subject, struct limit_answer *out)
{
	count_locally(limit, subject, 1, out);
}

void
limit_left_locally(const struct limit *limit, struct text subject, struct limit_answer *out)
{
	count_locally(limit, subject, 0, out);
}

bool
limit_refusal_told(const struct req *rq)
{
	struct limit_answer answer;

	limit_locally(limit_find("refusal"), limit_network(rq->mem, rq->client_ip), &answer);
	if (answer.over)
		metric_add(&untold, NULL, 1);
	return !answer.over;
}
