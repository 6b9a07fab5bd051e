/* Wrong passwords, counted in Redis by all replicas together.
 *
 * Each try is counted before the password is looked at, so that many at once are no more than that, and given back when it was
 * right or was not looked at. Nothing depends on whether somebody has the phone. The rule stands in the README. */
#ifndef AUTH_THROTTLE_THROTTLE_H
#define AUTH_THROTTLE_THROTTLE_H
#include "common/session/session.h"

struct throttle { struct limit_ask ask[3]; struct limit_answer answer[3]; size_t n; };

/* A try to log in with this phone; device is device_id()'s. TOO_MANY "login.slow_down", BUSY without Redis. */
const struct err *throttle_login(struct req *rq, struct text phone, struct text device, struct throttle *t) MUST_USE;
/* The second question, once it is known whether somebody has logged in with this phone from this address before. */
const struct err *throttle_stranger(struct req *rq, const struct throttle *t, bool familiar) MUST_USE;
/* A try to name the caller's own password. TOO_MANY "password.slow_down". */
const struct err *throttle_account(struct req *rq, struct throttle *t) MUST_USE;
/* Gives the try back, unless e says that the password was wrong or that there were too many. */
void throttle_end(struct req *rq, const struct throttle *t, const struct err *e);
#endif
