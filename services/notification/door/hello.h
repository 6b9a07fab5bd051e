/* What a client says when it asks to come in. */
#ifndef NOTIFICATION_DOOR_HELLO_H
#define NOTIFICATION_DOOR_HELLO_H
#include "common/core/req.h"

/* {"token":"…","lastNumber":7} or {"token":"…","lastAlarmId":"…"}. number −1: not said; alarm nil: not said. UNKNOWN_WHO
 * "token.invalid" for anything without a token; a lastNumber or lastAlarmId of another kind counts as not said. */
struct hello { struct text token; int64_t number; struct uuid alarm; };
const struct err *hello_read(struct req *rq, struct text auth_json, struct hello *out) MUST_USE;
#endif
