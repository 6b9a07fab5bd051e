/* Bare argon2id on some threads for some seconds, each with memory of its own that it keeps.
 *
 *   argon <threads> <seconds> <KiB> <passes> <lanes>
 *
 * Ends with the line of the bench: {"done":…,"us":…,"p50":…,"p99":…}, latencies in µs. */
#include <argon2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static int64_t
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void *
hash(void *arg)
{
	struct work *w = arg;
	uint8_t out[32], password[] = "bench-1-people!", salt[16] = "0123456789abcde";
	argon2_context c = { .out = out, .outlen = sizeof(out), .pwd = password, .pwdlen = sizeof(password) - 1, .salt = salt,
		.saltlen = sizeof(salt), .t_cost = w->passes, .m_cost = w->kib, .lanes = w->lanes, .threads = 1,
		.version = ARGON2_VERSION_13, .allocate_cbk = lend, .free_cbk = give_back };

	for (int64_t begun = now_us(); begun < w->end_us; w->n++) {
		if (argon2id_ctx(&c) != ARGON2_OK)
			exit(1);
		int64_t ended = now_us();
		size_t  at = __atomic_fetch_add(&n_latencies, 1, __ATOMIC_RELAXED);
		if (at < MOST)
			latency_us[at] = ended - begun;
		begun = ended;
	}
	free(kept);
	return NULL;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	struct work work[THREADS];
	size_t done = 0;

	if (argc != 6 || atoi(argv[1]) < 1 || atoi(argv[1]) > THREADS)
		return 2;
	int n = atoi(argv[1]);
	int64_t begun = now_us();
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
	int64_t took = now_us() - begun;
	size_t  known = n_latencies < MOST ? n_latencies : MOST;
	qsort(latency_us, known, sizeof(latency_us[0]), by_size);
	(void)printf("bench: {\"done\":%zu,\"us\":%lld,\"p50\":%lld,\"p99\":%lld}\n", done, (long long)took,
	    (long long)latency_us[known / 2], (long long)latency_us[known * 99 / 100]);
	return 0;
}
