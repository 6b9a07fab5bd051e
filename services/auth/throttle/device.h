/* Devices that somebody logged in from: they say so by a token, and strangers cannot stand in their way.
 *
 * "<16 random bytes>.<HMAC-SHA256 over them and the phone>", both base64url. Nothing is stored. The token opens nothing; it
 * has wrong passwords counted apart, so it may lie where a browser keeps things. */
#ifndef AUTH_THROTTLE_DEVICE_H
#define AUTH_THROTTLE_DEVICE_H
#include "common/core/req.h"

struct text device_new(struct req *rq, struct text phone);
/* Its random part when it was made for this phone, else empty. */
struct text device_id(struct req *rq, struct text phone, struct text token);
#endif
