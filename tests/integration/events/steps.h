/* The one event of these tests and the step that hears it. */
#ifndef EVENTS_STEPS_H
#define EVENTS_STEPS_H
#include "common/inbox/inbox.h"

struct thing_moved { struct uuid key; int64_t n; };
extern const struct event_type thing_moved_event;
/* Nobody listens to it. */
extern const struct event_type thing_seen_event;
extern const struct inbox_listen desk_listens[1];

struct uuid key_of(int number);
/* Locks the key, counts it up, puts the event. */
const struct err *thing_move(struct req *rq, int key) MUST_USE;
#endif
