/* notification with its sockets, its own relay, and a stand-in for auth that knows keys and sessions. */
#ifndef NOTIFICATION_WORLD_H
#define NOTIFICATION_WORLD_H
#include "common/token/jwt.h"
#include "tests/integration/notification/events.h"

/* One per process. Opens all; returns when live alarms are heard. */
struct kit *world_open(void);
/* The same, but nobody publishes: who comes in waits. */
struct kit *world_open_deaf(void);
void        world_close(void);
int         world_port(void);

/* An access token that ends in that many seconds, of a session that Redis knows as alive. */
struct caller { struct person person; struct uuid session; const char *token; };
struct caller world_caller(struct person person, int64_t seconds);
struct caller world_caller_as(struct person person, enum who who);
/* The same, but only auth knows the session (alive or not, or not at all). */
enum known { KNOWN_ALIVE, KNOWN_REVOKED, UNKNOWN };
struct caller world_forgotten(struct person person, enum known known);
/* How often the stand-in was asked for a session. */
int           world_restores(void);
/* The session ends: what auth's event does. */
void          world_end(struct caller c);
/* The user has lost the company: what auth does and tells. Only telling it is hearing it before Redis knows. */
void          world_leave(struct caller c);
void          world_tell_left(struct caller c);

/* Closed by world_close(). */
struct kit_socket *world_connect(const char *auth_json, ...) PRINTF_LIKE(1, 2);
/* The number of the next addAlarm; 0 when none comes within the time. */
int64_t       world_next(struct kit_socket *c, int timeout_ms);
#endif
