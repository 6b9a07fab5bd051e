/* The threads that may wait: for auth, Redis and PostgreSQL, so that the Socket.IO thread never does. */
#ifndef NOTIFICATION_DOOR_WORK_H
#define NOTIFICATION_DOOR_WORK_H
#include "common/core/req.h"
#include "common/socketio/socketio.h"

struct task;
/* One task, in a bracket of its own (TX_NONE, arena and deadline). */
typedef void task_run(struct req *rq, const struct task *t);
struct task {
	struct task *next;
	task_run    *run;
	socketio_id  id;
	int64_t      ack_id;       /* −1: no acknowledgement wanted */
	struct text  json;         /* as the client sent it */
	char         bytes[];
};

enum { WORK_MS = 10000 };      /* what one task may take */

struct work;
struct work *work_open(struct app *app, int threads, size_t max_waiting);
/* Copies the task. False when max_waiting tasks wait already or the threads are stopped. `must` is for tasks that the
 * table of sockets bounds by itself, at most one per socket: they are taken however many wait. Never blocks. */
bool work_put(struct work *w, const struct task *t, bool must) MUST_USE;
/* Ends the tasks in hand, drops those that wait; nothing runs afterwards. */
void work_stop(struct work *w);
void work_free(struct work **w);
#endif
