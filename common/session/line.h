/* The one connection to Redis that all threads of a process share. Private to common/session. */
#ifndef SESSION_LINE_H
#define SESSION_LINE_H
#include "common/session/connection.h"
#include <pthread.h>
#include <semaphore.h>

/* WAITS and DRIVES on the way; the others are ends. */
enum asker_state {
	WAITS, DRIVES,
	ANSWERED,            /* .answers are the asker's */
	LATE,                /* the asker had less time than anybody is allowed: nobody is to blame */
	BROKE,               /* Redis is to blame; .why says how */
};

/* Who asks, on his own stack: what is to be sent and where the answers go. */
struct asker {
	struct text          bytes;        /* commands as they go on the wire, borrowed until the end */
	size_t               n;            /* answers to them, at most REDIS_COMMANDS */
	int64_t              until_us;     /* monotonic */
	bool                 hurried;      /* until_us is his own deadline */
	struct redis_answers answers;
	char                 why[160];
	enum asker_state     fate;         /* decided, under the line's lock */
	enum asker_state     state;        /* told; atomic */
	sem_t                bell;
	struct asker        *next, *rung;  /* in the queue; among those whose bell is to ring */
};

struct line;
struct line *line_open(const struct redis_url *url);
/* Nobody may be inside line_ask(). */
void         line_close(struct line **l);
/* Fills .bytes, .n, .until_us, .hurried before; returns with one of the ends, at until_us at the latest. */
void         line_ask(struct line *l, struct asker *a);
#endif
