/* What the files of this room share. */
#ifndef CALLER_ROOM_H
#define CALLER_ROOM_H
#include <pthread.h>
#include "common/caller/caller.h"

enum { IN_FLIGHT = 64 };      /* sessions asked for at once; more wait in turn */

struct callers {
	struct app      *app;
	caller_ask      *ask;
	int64_t          refresh_s;
	/* keys.c */
	struct jwt_keys *keys;
	int64_t          read_us;      /* atomic; when the set was read; 0: never */
	pthread_t        reader;
	pthread_mutex_t  reading;      /* of what stands down to restore.c; held for a few instructions */
	pthread_cond_t   due, looked;  /* the reader has something to do; it has tried once more */
	bool             wanted;       /* there is no set, or somebody misses a key in it; until it was read */
	bool             failing, stop;
	int64_t          asked_us;     /* when the last good reading for a missing key began */
	int64_t          ended_us;     /* when the last attempt ended */
	unsigned         n_ended;      /* attempts */
	int              waiting;      /* threads that wait for one */
	/* restore.c */
	pthread_mutex_t  lock;         /* of what stands below; held for a few instructions */
	pthread_cond_t   ended;
	struct uuid      asked[IN_FLIGHT];
	int              n_asked;
};

void caller_keys_open(struct callers *c);
void caller_keys_close(struct callers *c);
const struct err *caller_verify(struct req *rq, struct callers *c, struct text token, struct access_token *out) MUST_USE;
/* UNKNOWN_WHO "token.revoked" when auth does not know it; BUSY when auth cannot be asked. Writes nothing itself: auth
 * has written Redis before it answers. */
const struct err *caller_restore(struct req *rq, struct callers *c, struct uuid sid, struct session *out) MUST_USE;
#endif
