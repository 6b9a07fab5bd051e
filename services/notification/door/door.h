/* The Socket.IO door: lets users in and pushes their alarms. The protocol stands in the service's README. */
#ifndef NOTIFICATION_DOOR_DOOR_H
#define NOTIFICATION_DOOR_DOOR_H
#include "services/notification/notification.h"

struct door;
/* Listens, starts the workers and hears alarm.added, session.revoked and membership.ended of all replicas. *out is set
 * also when it fails: then door_close() gives back what there is. Once per process at a time. */
const struct err *door_open(struct req *rq, struct door **out, struct app *app,
    const struct notification_config *config) MUST_USE;
/* Blocks until the sockets are told, a second at most, and the workers have ended what they had in hand. */
void              door_close(struct door **d);
bool              door_is_open(const struct door *d);
int               door_port(const struct door *d);
#endif
