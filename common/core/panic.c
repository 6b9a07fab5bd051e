/* The end of a process that found a bug in itself: one line that says what it had in hand, then
 * abort. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/core/req.h"

static _Thread_local const struct req *in_hand;

void
panic_holds(const struct req *rq)
{
	in_hand = rq;
}

/* Printable ASCII only, what would need escaping becomes '?': nothing here may fail or allocate. */
static void
plain(char *out, size_t size, struct text t)
{
	size_t n = t.len < size - 1 ? t.len : size - 1;

	for (size_t i = 0; i < n; i++) {
		char c = t.at[i];
		out[i] = c >= ' ' && c <= '~' && c != '"' && c != '\\' ? c : '?';
	}
	out[n] = '\0';
}

static struct text
bounded(const char *s)
{
	size_t n = 0;

	while (s != NULL && n < 300 && s[n] != '\0')
		n++;
	return (struct text){ s, n };
}

void
panic_at(const char *file, int line, const char *func, const char *what)
{
	static const struct text none = { "", 0 };
	char said[256], door[128], trace[64], id[72], out[1024];
	const struct req *rq = in_hand;
	size_t used = rq != NULL && rq->mem != NULL ? arena_used(rq->mem) : 0;
	int n;

	plain(said, sizeof(said), bounded(what));
	plain(door, sizeof(door), rq != NULL ? rq->door : none);
	plain(trace, sizeof(trace), rq != NULL ? rq->trace : none);
	plain(id, sizeof(id), rq != NULL ? rq->request_id : none);
	n = snprintf(out, sizeof(out),
	    "{\"level\":\"panic\",\"event\":\"process.panic\",\"what\":\"%s\","
	    "\"at\":\"%.100s:%d\",\"func\":\"%.64s\",\"door\":\"%s\",\"trace\":\"%s\",\"requestId\":\"%s\","
	    "\"arenaBytes\":%zu}\n",
	    said, file, line, func, door, trace, id, used);
	if (n > 0 &&
	    write(STDERR_FILENO, out, (size_t)n < sizeof(out) ? (size_t)n : sizeof(out) - 1) < 0)
		abort();
	abort();
}
