/* A bounded set of curl handles, each with its kept connections. */
#ifndef PROVIDER_POOL_H
#define PROVIDER_POOL_H
#include "common/core/base.h"

struct handle_pool;
struct handle_pool *handle_pool_open(int size);
void  handle_pool_close(struct handle_pool **p);       /* all handles must be back */
/* A handle (CURL *), waiting for one until mono_us; NULL when none came free. */
void *handle_pool_take(struct handle_pool *p, int64_t until_mono_us);
void  handle_pool_give(struct handle_pool *p, void *handle);
#endif
