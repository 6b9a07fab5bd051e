/* Bare argon2id on some threads for some seconds, each with memory of its own that it keeps.
 *
 *   argon <threads> <seconds> <KiB> <passes> <lanes> */
#include <argon2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/kit/kit.h"

enum { MOST = 100000, THREADS = 64 };

struct work { pthread_t thread; int64_t end_us; uint32_t kib, passes, lanes; size_t n; };

static int64_t latency_us[MOST];
static size_t  n_latencies;             /* atomic */
static _Thread_local uint8_t *kept;

static int
lend(uint8_t **memory, size_t bytes)
{
	if (kept == NULL)
		kept = malloc(bytes);
	*memory = kept;
	return kept != NULL ? ARGON2_OK : ARGON2_MEMORY_ALLOCATION_ERROR;
}

static void
give_back(uint8_t *memory, size_t bytes)
{
	(void)memory;
	(void)bytes;
}

static void *
hash(void *arg)
{
	struct work *w = arg;
	uint8_t out[32], password[] = "bench-1-people!", salt[16] = "0123456789abcde";
	argon2_context c = { .out = out, .outlen = sizeof(out), .pwd = password, .pwdlen = sizeof(password) - 1, .salt = salt,
		.saltlen = sizeof(salt), .t_cost = w->passes, .m_cost = w->kib, .lanes = w->lanes, .threads = 1,
		.version = ARGON2_VERSION_13, .allocate_cbk = lend, .free_cbk = give_back };

	for (int64_t begun = kit_now_us(); begun < w->end_us; w->n++) {
		if (argon2id_ctx(&c) != ARGON2_OK)
			exit(1);
		int64_t ended = kit_now_us();
		size_t  at = __atomic_fetch_add(&n_latencies, 1, __ATOMIC_RELAXED);
		if (at < MOST)
			latency_us[at] = ended - begun;
		begun = ended;
	}
	free(kept);
	return NULL;
}

int
main(int argc, char **argv)
{
	struct work work[THREADS];
	size_t done = 0;

	if (argc != 6 || atoi(argv[1]) < 1 || atoi(argv[1]) > THREADS)
		return 2;
	int n = atoi(argv[1]);
	int64_t begun = kit_now_us();
	for (int i = 0; i < n; i++) {
		work[i] = (struct work){ .end_us = begun + (int64_t)(atof(argv[2]) * 1e6), .kib = (uint32_t)atoi(argv[3]),
			.passes = (uint32_t)atoi(argv[4]), .lanes = (uint32_t)atoi(argv[5]) };
		if (pthread_create(&work[i].thread, NULL, hash, &work[i]) != 0)
			return 1;
	}
	for (int i = 0; i < n; i++) {
		(void)pthread_join(work[i].thread, NULL);
		done += work[i].n;
	}
	kit_report(done, kit_now_us() - begun, kit_cpu_us(), latency_us, n_latencies < MOST ? n_latencies : MOST);
	return 0;
}
