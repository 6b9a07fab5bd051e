/* What the programs of the bench share: a clock, the line they end with, and an event that is told and heard. */
#ifndef BENCH_KIT_H
#define BENCH_KIT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/core/arena.h"
#include "gen/proto/commerce/commerce_events.gen.h"

int64_t kit_now_us(void);
/* CPU time of this process so far. */
int64_t kit_cpu_us(void);
/* Says why on standard error and ends the process with 1. */
_Noreturn void kit_die(const char *what, const char *why);
/* The first line of a file, in memory of its own that the next call takes again. */
const char *kit_line_of(const char *path);
/* "bench: {…}" on standard output: n latencies in µs (sorted here; 0: none), done in us, by cpu_us of this process. */
void kit_report(size_t done, int64_t us, int64_t cpu_us, int64_t *latency_us, size_t n);

/* ---- events: the same for each way of carrying them */

enum { EVENT_BATCH = 64, EVENT_BYTES = 1024 };

/* An order.placed whose total_krw is the event's number; its texts live in mem. The second packs it. */
struct order_placed_v1 event_of(struct arena *mem, size_t number, struct uuid user);
size_t event_payload(size_t number, char to[EVENT_BYTES]);
struct event_row { int64_t number; char order_no[41]; };
void event_read(const void *payload, size_t len, struct event_row *out);

struct event_side {
	/* where: what the driver says about its server. Nothing is heard yet. */
	void (*open)(const char *where, const char *database_url);
	/* From now on events are heard, on a thread of the side's own. NULL: they always were. */
	void (*listen)(void);
	/* Tells first … first + n − 1 as quickly as it can; durable when it returns. */
	void (*tell)(size_t first, size_t n);
};
/* The side calls this once effect and cursor of these are committed. Any thread. */
void event_heard(const struct event_row *rows, size_t n);
/* <program> drain|paced <n> <per second> <file with the database's address> <where> */
int event_main(int argc, char **argv, const struct event_side *side);

/* ---- the effect and the cursor of sides that do not bring their own: a transaction by libpq, in one pipeline */
struct writer;
struct writer *writer_open(const char *database_url);
void writer_write(struct writer *w, const struct event_row *rows, size_t n, const char *cursor);
#endif
