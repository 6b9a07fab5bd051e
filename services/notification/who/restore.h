/* A session that Redis has lost is asked from auth. */
#ifndef NOTIFICATION_WHO_RESTORE_H
#define NOTIFICATION_WHO_RESTORE_H
#include "common/session/session.h"

/* UNKNOWN_WHO "session.ended" when auth does not know it; BUSY when auth cannot be asked. Writes nothing itself: auth
 * has written Redis before it answers. Asked by the few workers alone, so auth is never flooded. */
const struct err *session_restored(struct req *rq, struct uuid sid, struct session *out) MUST_USE;
#endif
