/* What the files of the door share. */
#ifndef NOTIFICATION_DOOR_ROOM_H
#define NOTIFICATION_DOOR_ROOM_H
#include "common/inbox/inbox.h"
#include "services/notification/alarm/alarm.h"
#include "services/notification/door/door.h"
#include "services/notification/door/seats.h"
#include "services/notification/door/work.h"

/* An auth object or the arguments of an event: a token of at most 2 kB, and room for what else a client says. */
enum { SAID_BYTES = 8192 };
/* The array around a list of ALARM_PAGE alarms: 100 of a thousand characters, each at most six bytes escaped. */
enum { ARGS_BYTES = 1 << 20 };

struct door {
	struct socketio        *sio;         /* NULL: not open */
	struct work            *work;
	struct seats           *seats;
	struct tap             *alarms, *auth;
	struct socketio_config  config;
	struct socketio_events  events;
	bool                    opened;      /* atomic: all above is there */
	char                   *origin_list; /* what origins point into */
	const char             *origins[33];
};

static inline struct door *
door_of(const struct req *rq)
{
	return notification_of(rq)->door;
}

/* door.c: waits until both taps hear, which they do a moment after the start and then for ever. A socket that came in
 * before could miss an alarm or the end of its session. BUSY "socket.deaf" after HEARS_MS. Blocks. */
enum { HEARS_MS = 5000 };
const struct err *door_hears(struct req *rq) MUST_USE;
/* connect.c: a client asks to come in. On the Socket.IO thread. */
void door_connect(void *arg, socketio_id id, struct text nsp, struct text auth_json, struct text client_ip);
/* "user:<uuid>", "account:<uuid>" for a customer, "company:<uuid>" or "session:<uuid>". */
enum { DOOR_ROOM_CHARS = 44 };
void door_room_name(char out[DOOR_ROOM_CHARS + 1], const char *what, struct uuid which);
/* event.c: a client says something. On the Socket.IO thread. */
void door_event(void *arg, socketio_id id, const struct socketio_event *ev);
/* catchup.c: sends what a socket whose flow is reading has not got, page by page, then leaves it to the live ones; a
 * socket that cannot be served is cut, so that it comes back and says how far it got. On a worker. */
void door_catch_up(struct req *rq, socketio_id id);
/* The same as a task. */
void door_read_task(struct req *rq, const struct task *t);
/* "[…]" around the alarms. */
struct text door_args(struct req *rq, const struct alarm *a, size_t n);
/* hear.c: the taps. */
void door_hear_alarm(void *arg, struct req *rq, const struct envelope *e);
void door_hear_auth(void *arg, struct req *rq, const struct envelope *e);

/* count.c */
void count_pushed(int64_t n);
void count_refused(const char *why);
void count_open(struct door *d);
#endif
