/* Curl handles taken and given back under one lock. */
#include "common/provider/pool.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "common/core/memory.h"

/* The lock is held for a few instructions only and takes no other. The last handle given back is the
 * first taken again: its connection is the warmest. */
struct handle_pool {
	pthread_mutex_t lock;
	pthread_cond_t  given;
	int             size, n_free;
	CURL           *free_ones[];
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

/* A request without one of its options could go elsewhere, or say something else: curl may use the reserve. */
static void
curl_begin(void)
{
	SURE(curl_global_init_mem(CURL_GLOBAL_DEFAULT, memory_take, memory_give, memory_resize, memory_copy, memory_zero) ==
	    CURLE_OK);
}

struct handle_pool *
handle_pool_open(int size)
{
	pthread_condattr_t attr;
	struct handle_pool *p;

	SURE(size > 0);
	pthread_once(&curl_once, curl_begin);
	p = calloc(1, sizeof *p + (size_t)size * sizeof p->free_ones[0]);
	SURE(p != NULL);
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->given, &attr);
	pthread_condattr_destroy(&attr);
	p->size = p->n_free = size;
	for (int i = 0; i < size; i++)
		SURE((p->free_ones[i] = curl_easy_init()) != NULL);
	return p;
}

void
handle_pool_close(struct handle_pool **pool)
{
	struct handle_pool *p = *pool;

	*pool = NULL;
	SURE(p->n_free == p->size);
	for (int i = 0; i < p->size; i++)
		curl_easy_cleanup(p->free_ones[i]);
	pthread_cond_destroy(&p->given);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void *
handle_pool_take(struct handle_pool *p, int64_t until_mono_us)
{
	struct timespec until = { until_mono_us / 1000000, until_mono_us % 1000000 * 1000 };
	CURL *taken = NULL;
	int rc = 0;

	pthread_mutex_lock(&p->lock);
	while (p->n_free == 0 && rc == 0)
		rc = pthread_cond_timedwait(&p->given, &p->lock, &until);
	if (p->n_free > 0)
		taken = p->free_ones[--p->n_free];
	pthread_mutex_unlock(&p->lock);
	return taken;
}

void
handle_pool_give(struct handle_pool *p, void *handle)
{
	pthread_mutex_lock(&p->lock);
	p->free_ones[p->n_free++] = handle;
	pthread_cond_signal(&p->given);
	pthread_mutex_unlock(&p->lock);
}
