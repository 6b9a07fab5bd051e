/* Threads in each other's way. The test framework does not start under ThreadSanitizer, so what they
 * do stands apart from it: a main() that only calls race_run() is all that TSan needs. */
#ifndef TESTS_SESSION_RACE_H
#define TESTS_SESSION_RACE_H
#include <stdint.h>

struct race_counts { uint64_t hits, misses, hashes; };
/* Takes some five seconds. */
void race_run(struct race_counts *out);
#endif
