/* A session that Redis has lost is asked from auth, one question at a time per session. */
#ifndef GATEWAY_GATE_RESTORE_H
#define GATEWAY_GATE_RESTORE_H
#include "common/session/session.h"

struct restores;
struct restores *restores_open(void);
void             restores_close(struct restores **r);
/* UNKNOWN_WHO "session.ended" when auth does not know it; BUSY when auth cannot be asked. Writes nothing itself: auth
 * has written Redis before it answers. */
const struct err *session_restored(struct req *rq, struct uuid sid, struct session *out) MUST_USE;
#endif
