/* The table of sockets: who sits where, and how far each has been told. Knows nothing of Socket.IO but its numbers.
 *
 * All calls may come from any thread and hold one lock for microseconds; it is taken before every other lock, and the
 * visitors below run under it, so that what they queue stands in the order of the table's decisions. */
#ifndef NOTIFICATION_DOOR_SEATS_H
#define NOTIFICATION_DOOR_SEATS_H
#include "common/socketio/socketio.h"
#include "services/notification/door/flow.h"

struct seats;
struct seats *seats_open(void);
void          seats_close(struct seats **s);

/* A socket asks to come in; it has gone. Removing what is not there is fine. */
void seats_add(struct seats *s, socketio_id id);
void seats_remove(struct seats *s, socketio_id id);

struct seat_of { struct uuid user, company, session; };
enum seat_answer {
	SEAT_YES,
	SEAT_GONE,       /* the socket has left meanwhile: nothing more to do */
	SEAT_ENDED,      /* its session has ended meanwhile */
	SEAT_LOST,       /* its user has lost the company meanwhile, or a moment before: to be looked up again */
};
/* The socket's token was good: from now on it hears of its session's end, and live alarms are noted. To be called before
 * the session is looked up, so that no end falls in between. */
enum seat_answer seats_claim(struct seats *s, socketio_id id, struct seat_of who);

/* Runs under the lock. */
typedef void seat_visit(void *arg, socketio_id id, enum flow_say say);
/* It may come in: begins its flow and runs enter(arg, id, FLOW_SEND), after which it may be sent to. *read: there is
 * something to read for it. */
struct seat_enter { struct uuid company; int64_t counter, named; seat_visit *enter; void *arg; };
enum seat_answer seats_enter(struct seats *s, socketio_id id, const struct seat_enter *in, bool *read);

/* Of a socket that came in; false when it is gone. */
bool seats_who(struct seats *s, socketio_id id, struct seat_of *who) MUST_USE;
/* What to read for a socket whose flow is reading: rows of user behind last. False: gone. */
struct seat_reading { struct uuid user; int64_t last, asked; };
bool seats_reading(struct seats *s, socketio_id id, struct seat_reading *out) MUST_USE;
/* The rows were sent. True: read again. */
bool seats_took(struct seats *s, socketio_id id, int64_t asked, int64_t last_row, bool full) MUST_USE;

/* A question of the client is taken up, or was answered. False when SEAT_ASKS of it are in hand already. */
enum { SEAT_ASKS = 4 };
bool seats_ask(struct seats *s, socketio_id id) MUST_USE;
void seats_answered(struct seats *s, socketio_id id);

/* A live alarm: visits each socket of the user that has to be sent it or read for. */
void seats_live(struct seats *s, struct uuid user, int64_t number, seat_visit *visit, void *arg);
/* A session has ended: its sockets that are on their way in will be refused, those that claim it later as well. */
void seats_end_session(struct seats *s, struct uuid user, struct uuid session);
/* A user has lost a company: visits each socket that sits there; those on their way to it will not get in. */
void seats_end_membership(struct seats *s, struct uuid user, struct uuid company, seat_visit *visit, void *arg);
#endif
