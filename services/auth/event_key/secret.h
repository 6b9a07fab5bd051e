/* The secret of an event key: made here, shown once, kept as its digest. */
#ifndef AUTH_EVENT_KEY_SECRET_H
#define AUTH_EVENT_KEY_SECRET_H
#include "common/core/arena.h"

/* 256 random bits as 43 characters. *digest is the SHA-256 of these characters; both live in mem. */
struct text event_secret_new(struct arena *mem, struct text *digest);
#endif
