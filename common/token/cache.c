/* A bounded, sharded table of verified tokens. */
#include "common/token/cache.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* 16 shards: with 64 threads and a hold of some 50 ns two rarely meet. */
enum { SHARDS = 16, PER_SHARD = JWT_CACHE / SHARDS, BUCKETS = PER_SHARD, NOWHERE = -1 };

struct entry {
	uint8_t             digest[SHA256_BYTES];
	struct access_token token;
	uint64_t            epoch;
	int                 next;            /* in its bucket */
	bool                used;
};

/* Entries are filled in a ring, so the one under the hand is the oldest. Each shard has its own
 * lock; no thread holds two. */
struct shard {
	pthread_mutex_t lock;
	int             hand;
	int             bucket[BUCKETS];
	struct entry    entry[PER_SHARD];
};

struct token_cache { struct shard shard[SHARDS]; };

struct token_cache *
token_cache_open(void)
{
	struct token_cache *c = calloc(1, sizeof(*c));

	SURE(c != NULL);
	for (size_t i = 0; i < SHARDS; i++) {
		SURE(pthread_mutex_init(&c->shard[i].lock, NULL) == 0);
		for (size_t b = 0; b < BUCKETS; b++)
			c->shard[i].bucket[b] = NOWHERE;
	}
	return c;
}

void
token_cache_close(struct token_cache **owner)
{
	struct token_cache *c = *owner;

	if (c == NULL)
		return;
	for (size_t i = 0; i < SHARDS; i++)
		SURE(pthread_mutex_destroy(&c->shard[i].lock) == 0);
	free(c);
	*owner = NULL;
}

static struct shard *
shard_of(struct token_cache *c, const uint8_t digest[SHA256_BYTES])
{
	return &c->shard[digest[0] % SHARDS];
}

static int *
bucket_of(struct shard *s, const uint8_t digest[SHA256_BYTES])
{
	return &s->bucket[(unsigned)(digest[1] << 8 | digest[2]) % BUCKETS];
}

static struct entry *
find(struct shard *s, const uint8_t digest[SHA256_BYTES])
{
	for (int i = *bucket_of(s, digest); i != NOWHERE; i = s->entry[i].next)
		if (memcmp(s->entry[i].digest, digest, SHA256_BYTES) == 0)
			return &s->entry[i];
	return NULL;
}

bool
token_cache_get(struct token_cache *c, const uint8_t digest[SHA256_BYTES],
    uint64_t epoch, int64_t now_us, struct access_token *out)
{
	struct shard *s = shard_of(c, digest);

	SURE(pthread_mutex_lock(&s->lock) == 0);
	const struct entry *e = find(s, digest);
	bool                alive = e != NULL && e->epoch == epoch && now_us < e->token.expires_us;
	if (alive)
		*out = e->token;
	SURE(pthread_mutex_unlock(&s->lock) == 0);
	return alive;
}

static void
unlink_entry(struct shard *s, int which)
{
	int *at = bucket_of(s, s->entry[which].digest);

	while (*at != which)
		at = &s->entry[*at].next;
	*at = s->entry[which].next;
}

static struct entry *
oldest_out(struct shard *s, const uint8_t digest[SHA256_BYTES])
{
	int           which = s->hand;
	struct entry *e = &s->entry[which];

	s->hand = (s->hand + 1) % PER_SHARD;
	if (e->used)
		unlink_entry(s, which);
	memcpy(e->digest, digest, SHA256_BYTES);
	e->used = true;
	e->next = *bucket_of(s, digest);
	*bucket_of(s, digest) = which;
	return e;
}

void
token_cache_put(struct token_cache *c, const uint8_t digest[SHA256_BYTES],
    uint64_t epoch, const struct access_token *t)
{
	struct shard *s = shard_of(c, digest);

	SURE(pthread_mutex_lock(&s->lock) == 0);
	struct entry *e = find(s, digest);
	if (e == NULL)
		e = oldest_out(s, digest);
	e->token = *t;
	e->epoch = epoch;
	SURE(pthread_mutex_unlock(&s->lock) == 0);
}
