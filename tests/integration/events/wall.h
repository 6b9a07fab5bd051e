/* A wall between publisher and subscriber: a process that passes TCP on, port by port, until it is frozen. Then nothing
 * goes through and nobody is told, as when a network falls apart. */
#ifndef EVENTS_WALL_H
#define EVENTS_WALL_H
#include <sys/types.h>

enum { WALL_DOORS = 2 };

struct wall { pid_t pid; int ports[WALL_DOORS]; };

/* Passes ports[i] on to `to[i]`. */
void wall_open(struct wall *w, const int to[WALL_DOORS]);
void wall_freeze(struct wall *w);
void wall_thaw(struct wall *w);
void wall_close(struct wall *w);
#endif
