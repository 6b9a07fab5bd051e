/* Opaque handles: 256 random bits for the caller, their SHA-256 for the database. */
#ifndef AUTH_SIGNUP_TOKEN_H
#define AUTH_SIGNUP_TOKEN_H
#include "common/core/req.h"

struct text handle_new(struct req *rq);                           /* 43 characters of base64url */
struct text handle_digest(struct req *rq, struct text handle);    /* 32 bytes */
#endif
