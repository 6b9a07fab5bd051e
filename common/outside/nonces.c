/* Nonces that were used, in a table of fixed size: each has eight places it may stand in. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/outside/room.h"

/* 65,536 nonces live two minutes at most: room for some hundred questions a second, in 1.5 MB that are touched only
 * when used. */
enum { ROWS = 8192, PLACES = 8, MARK_BYTES = 16, NONCE_MAX = 64 };

struct used { uint8_t mark[MARK_BYTES]; int64_t until_us; };

struct nonces {
	pthread_mutex_t lock;
	struct used     at[ROWS][PLACES];
};

struct nonces *
outside_nonces_open(void)
{
	struct nonces *n = calloc(1, sizeof(*n));

	SURE(n != NULL && pthread_mutex_init(&n->lock, NULL) == 0);
	return n;
}

void
outside_nonces_close(struct nonces **n)
{
	if (*n == NULL)
		return;
	SURE(pthread_mutex_destroy(&(*n)->lock) == 0);
	free(*n);
	*n = NULL;
}

static enum nonce
take(struct used *row, const uint8_t *mark, int64_t now_us, int64_t until_us)
{
	struct used *free_place = NULL;

	for (size_t i = 0; i < PLACES; i++) {
		bool over = row[i].until_us <= now_us;
		if (!over && memcmp(row[i].mark, mark, MARK_BYTES) == 0)
			return NONCE_SEEN;
		if (over && free_place == NULL)
			free_place = &row[i];
	}
	if (free_place == NULL)
		return NONCE_FULL;
	memcpy(free_place->mark, mark, MARK_BYTES);
	free_place->until_us = until_us;
	return NONCE_NEW;
}

enum nonce
outside_nonces_take(struct nonces *n, struct uuid key, struct text nonce, int64_t now_us, int64_t until_us)
{
	char whole[sizeof(key.b) + NONCE_MAX];
	uint8_t hash[SHA256_BYTES];

	SURE(nonce.len <= NONCE_MAX);
	memcpy(whole, key.b, sizeof(key.b));
	memcpy(whole + sizeof(key.b), nonce.at, nonce.len);
	digest_sha256((struct text){ whole, sizeof(key.b) + nonce.len }, hash);
	size_t row = ((size_t)hash[30] << 8 | hash[31]) % ROWS;
	SURE(pthread_mutex_lock(&n->lock) == 0);
	enum nonce said = take(n->at[row], hash, now_us, until_us);
	SURE(pthread_mutex_unlock(&n->lock) == 0);
	return said;
}
