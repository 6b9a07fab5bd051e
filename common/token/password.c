/* argon2id in bounded slots, each with a buffer of its own that is mapped once and resident only under load. */
#include "common/token/password.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/metrics/metrics.h"
#include "common/token/digest.h"
#include "common/token/phc.h"
#include <argon2.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { SALT_BYTES = 16, HASH_BYTES = 32, SLOTS_MAX = 64 };

METRIC(slots_busy, GAUGE, "dure_password_slots_busy", NULL, "Passwords being hashed");
METRIC(slots_all, GAUGE, "dure_password_slots", NULL, "Passwords that may be hashed at the same time");
METRIC(waiting, GAUGE, "dure_password_waiting", NULL, "Callers that wait for a slot");
METRIC(waiting_max, GAUGE, "dure_password_waiting_max", NULL, "Callers that may wait for a slot");
METRIC(refused, COUNTER, "dure_password_refusals_total", NULL, "Callers sent away because all slots and waiting places were taken");
METRIC(hashed, COUNTER, "dure_passwords_hashed_total", NULL, "Passwords hashed");

struct slot { uint8_t *buffer; bool busy; };

/* One lock for everything below it; nothing else is locked while it is held. */
struct passwords {
	struct password_cost cost;
	size_t               buffer_bytes;
	int                  slots, wait_max;
	struct phc           dummy;           /* its texts point at the two arrays */
	char                 dummy_salt[SALT_BYTES], dummy_hash[HASH_BYTES];
	pthread_mutex_t      lock;
	pthread_cond_t       freed;
	int                  waiting;
	int                  busy;            /* these two are read without the lock, by the metrics */
	uint64_t             hashed;
	struct slot          slot[];
};

/* libargon2 hands its allocator nothing to know the caller by, but calls it on the caller's
 * thread: what it shall use stands here. */
static _Thread_local struct { uint8_t *buffer; size_t bytes; } lent;

static int
lend(uint8_t **memory, size_t bytes)
{
	*memory = bytes <= lent.bytes ? lent.buffer : malloc(bytes);
	return *memory != NULL ? ARGON2_OK : ARGON2_MEMORY_ALLOCATION_ERROR;
}

static void
give_back(uint8_t *memory, size_t bytes)
{
	(void)bytes;
	if (memory != lent.buffer)
		free(memory);
}

static void
cond_open(pthread_cond_t *c)
{
	pthread_condattr_t attr;

	SURE(pthread_condattr_init(&attr) == 0);
	SURE(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
	SURE(pthread_cond_init(c, &attr) == 0);
	SURE(pthread_condattr_destroy(&attr) == 0);
}

const struct err *
passwords_open(struct req *rq, struct passwords **out, struct password_cost cost, int slots,
    int wait_max)
{
	if (!phc_cost_good(&cost) || slots < 1 || slots > SLOTS_MAX || wait_max < 0)
		return FAIL(rq, INVALID, "password.cost", "cost or slots are out of bounds");

	struct passwords *p = calloc(1, sizeof(*p) + (size_t)slots * sizeof(struct slot));
	SURE(p != NULL);
	p->cost = cost;
	p->slots = slots;
	p->wait_max = wait_max;
	/* Argon2 rounds down to whole slices, so this is enough for today's cost. */
	p->buffer_bytes = (size_t)cost.memory_kib * 1024;
	for (int i = 0; i < slots; i++) {
		p->slot[i].buffer = mmap(NULL, p->buffer_bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		SURE(p->slot[i].buffer != MAP_FAILED);
	}
	SURE(pthread_mutex_init(&p->lock, NULL) == 0);
	cond_open(&p->freed);
	random_bytes(p->dummy_salt, SALT_BYTES);
	random_bytes(p->dummy_hash, HASH_BYTES);
	p->dummy = (struct phc){ cost, { p->dummy_salt, SALT_BYTES }, { p->dummy_hash, HASH_BYTES } };
	metric_set(&slots_all, NULL, slots);
	metric_set(&waiting_max, NULL, wait_max);
	metric_set(&slots_busy, NULL, 0);
	metric_set(&waiting, NULL, 0);
	*out = p;
	return NULL;
}

void
passwords_close(struct passwords **owner)
{
	struct passwords *p = *owner;

	if (p == NULL)
		return;
	SURE(p->busy == 0 && p->waiting == 0);
	for (int i = 0; i < p->slots; i++)
		SURE(munmap(p->slot[i].buffer, p->buffer_bytes) == 0);
	SURE(pthread_cond_destroy(&p->freed) == 0);
	SURE(pthread_mutex_destroy(&p->lock) == 0);
	free(p);
	*owner = NULL;
}

/* With the lock held: waits for a free slot. False when the deadline passed first. */
static bool
wait_for_slot(struct passwords *p, int64_t deadline_us)
{
	struct timespec until = {
		.tv_sec = deadline_us / 1000000, .tv_nsec = deadline_us % 1000000 * 1000,
	};
	int             rc = 0;

	metric_set(&waiting, NULL, ++p->waiting);
	while (p->busy == p->slots && rc == 0)
		rc = deadline_us > 0 ? pthread_cond_timedwait(&p->freed, &p->lock, &until)
		                     : pthread_cond_wait(&p->freed, &p->lock);
	metric_set(&waiting, NULL, --p->waiting);
	return p->busy < p->slots;
}

/* NULL: no slot to be had. A newcomer may overtake a waiter just woken, who then waits on. */
static struct slot *
slot_take(struct passwords *p, int64_t deadline_us)
{
	struct slot *found = NULL;

	SURE(pthread_mutex_lock(&p->lock) == 0);
	if (p->busy < p->slots || (p->waiting < p->wait_max && wait_for_slot(p, deadline_us))) {
		for (found = p->slot; found->busy; found++)
			SURE(found < p->slot + p->slots - 1);
		found->busy = true;
		metric_set(&slots_busy, NULL, __atomic_add_fetch(&p->busy, 1, __ATOMIC_RELAXED));
		(void)__atomic_add_fetch(&p->hashed, 1, __ATOMIC_RELAXED);
		metric_add(&hashed, NULL, 1);
	}
	SURE(pthread_mutex_unlock(&p->lock) == 0);
	return found;
}

/* Nobody waits for the slot: its 19 MiB go back to the kernel, and what argon2 has left in them. Under load they
 * stay, because faulting them in again costs a fifth of a hash. */
static void
slot_rest(struct passwords *p, const struct slot *s)
{
	SURE(pthread_mutex_lock(&p->lock) == 0);
	bool idle = p->waiting == 0;
	SURE(pthread_mutex_unlock(&p->lock) == 0);
	if (idle)
		SURE(madvise(s->buffer, p->buffer_bytes, MADV_DONTNEED) == 0);
}

static void
slot_give(struct passwords *p, struct slot *s)
{
	slot_rest(p, s);
	SURE(pthread_mutex_lock(&p->lock) == 0);
	s->busy = false;
	metric_set(&slots_busy, NULL, __atomic_sub_fetch(&p->busy, 1, __ATOMIC_RELAXED));
	SURE(pthread_cond_signal(&p->freed) == 0);
	SURE(pthread_mutex_unlock(&p->lock) == 0);
}

/* argon2_context wants writable pointers to what it only reads: with flags 0 it wipes nothing. */
static uint8_t *
readable(struct text t)
{
	union { const char *from; uint8_t *to; } at = { .from = t.at };

	return at.to;
}

/* Hashes into a buffer of as->hash.len bytes. */
static const struct err *
work(struct req *rq, struct passwords *p, struct text password, const struct phc *as, uint8_t *hash)
{
	argon2_context ctx = {
		.out = hash, .outlen = (uint32_t)as->hash.len,
		.pwd = readable(password), .pwdlen = (uint32_t)password.len,
		.salt = readable(as->salt), .saltlen = (uint32_t)as->salt.len,
		.t_cost = as->cost.passes, .m_cost = as->cost.memory_kib,
		.lanes = as->cost.lanes, .threads = as->cost.lanes,
		.version = ARGON2_VERSION_13,
		.allocate_cbk = lend, .free_cbk = give_back,
	};

	if (password.len > PASSWORD_MAX_BYTES)
		return FAIL(rq, INVALID, "password.too_long", "at most %d bytes", PASSWORD_MAX_BYTES);
	struct slot *s = slot_take(p, rq->deadline_us);
	metric_add(&refused, NULL, s == NULL);
	if (s == NULL)
		return FAIL(rq, BUSY, "password.busy", "too many log-ins at this moment");
	lent.buffer = s->buffer;
	lent.bytes = p->buffer_bytes;
	int rc = argon2_ctx(&ctx, Argon2_id);
	lent.buffer = NULL;
	lent.bytes = 0;
	slot_give(p, s);
	if (rc != ARGON2_OK)
		return FAIL(rq, INTERNAL, "password.argon2", "argon2 says %d", rc);
	return NULL;
}

const struct err *
password_hash(struct req *rq, struct passwords *p, struct text password, struct text *phc)
{
	char       *salt = NEWS(rq->mem, char, SALT_BYTES);
	uint8_t    *hash = NEWS(rq->mem, uint8_t, HASH_BYTES);
	struct phc  made = { p->cost, { salt, SALT_BYTES }, { (const char *)hash, HASH_BYTES } };

	random_bytes(salt, SALT_BYTES);
	TRY(work(rq, p, password, &made, hash));
	*phc = phc_print(rq->mem, &made);
	return NULL;
}

static bool
cost_same(const struct password_cost *a, const struct password_cost *b)
{
	return a->memory_kib == b->memory_kib && a->passes == b->passes && a->lanes == b->lanes;
}

const struct err *
password_check(struct req *rq, struct passwords *p, struct text password, struct text phc,
    bool *ok, bool *rehash)
{
	struct phc stored = p->dummy;
	uint8_t    hash[PHC_MAX_BYTES];

	*ok = *rehash = false;
	if (phc.len > 0 && !phc_parse(rq->mem, phc, &stored))
		return FAIL(rq, INTERNAL, "password.stored_malformed", "the stored hash cannot be read");
	TRY(work(rq, p, password, &stored, hash));
	bool same = digest_same((struct text){ (const char *)hash, stored.hash.len }, stored.hash);
	*ok = same && phc.len > 0;
	*rehash = phc.len > 0 && !cost_same(&stored.cost, &p->cost);
	return NULL;
}

int
passwords_busy(const struct passwords *p)
{
	return __atomic_load_n(&p->busy, __ATOMIC_RELAXED);
}

uint64_t
passwords_hashed(const struct passwords *p)
{
	return __atomic_load_n(&p->hashed, __ATOMIC_RELAXED);
}
