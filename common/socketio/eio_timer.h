/* Time limits in order of their due time. Each list holds limits of one length, so that a new one
 * nearly always belongs at the end and setting ten thousand heartbeats stays cheap. */
#ifndef SOCKETIO_EIO_TIMER_H
#define SOCKETIO_EIO_TIMER_H
#include "common/core/base.h"

struct eio_timers;
struct eio_timer {
	struct eio_timer  *prev, *next;
	struct eio_timers *list;        /* NULL: not set */
	int64_t            due_us;      /* clock_mono_us() scale */
};
struct eio_timers { struct eio_timer *first, *last; };

/* Sets, or sets anew. */
void eio_timer_set(struct eio_timers *list, struct eio_timer *t, int64_t due_us);
void eio_timer_stop(struct eio_timer *t);
/* Takes off and returns the first one that is due, NULL when none is. */
struct eio_timer *eio_timer_due(struct eio_timers *list, int64_t now_us);
#endif
