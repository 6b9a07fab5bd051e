/* What the files of this room share. */
#ifndef CALLER_ROOM_H
#define CALLER_ROOM_H
#include <pthread.h>
#include "common/caller/caller.h"

enum { IN_FLIGHT = 64 };      /* sessions asked for at once; more wait in turn */

struct callers {
	caller_ask      *ask;
	int64_t          refresh_s;
	/* keys.c */
	struct jwt_keys *keys;
	pthread_mutex_t  reading;      /* held by the one who reads the set */
	int64_t          tried_us;     /* under reading: when the last attempt ended to have it at all, or fresh */
	int64_t          asked_us;     /* under reading: and the last one for a token of an unknown key */
	int64_t          read_us;      /* atomic; 0: never */
	int              waiting;      /* atomic: who reads or waits for that */
	/* restore.c */
	pthread_mutex_t  lock;         /* of what stands below; held for a few instructions */
	pthread_cond_t   ended;
	struct uuid      asked[IN_FLIGHT];
	int              n_asked;
};

const struct err *caller_verify(struct req *rq, struct callers *c, struct text token, struct access_token *out) MUST_USE;
/* UNKNOWN_WHO "token.revoked" when auth does not know it; BUSY when auth cannot be asked. Writes nothing itself: auth
 * has written Redis before it answers. */
const struct err *caller_restore(struct req *rq, struct callers *c, struct uuid sid, struct session *out) MUST_USE;
#endif
