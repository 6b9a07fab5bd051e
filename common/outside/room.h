/* What the files of this room share. */
#ifndef OUTSIDE_ROOM_H
#define OUTSIDE_ROOM_H
#include "common/outbox/outbox.h"
#include "common/outside/outside.h"
#include "common/token/digest.h"

/* MAX_EVENTS, MAX_BYTES: of one answer, as for the services. A larger event comes alone. */
enum { OUTSIDE_MAX_TYPES = 50, OUTSIDE_MAX_EVENTS = 256, OUTSIDE_MAX_BYTES = 196608 };

/* ---- keys.c: what auth says of a key */

struct outside_secret { struct text sha256; int64_t until_us; };     /* INT64_MAX: for good */
struct outside_key {
	struct uuid           id, company;          /* nil: of all companies */
	size_t                n_types, n_secrets;
	const struct text    *types;                /* none: all public types */
	struct outside_secret secrets[2];
};

struct keys;
/* url: where auth answers; pair_key: "caller:base64". INVALID "config.outside". */
const struct err *outside_keys_open(struct req *rq, struct keys **out, const char *url, const char *pair_key) MUST_USE;
void              outside_keys_close(struct keys **k);
/* Its texts live in rq->mem. UNKNOWN_WHO "event_key.denied" for a key that is not good; BUSY when that cannot be known
 * now. Asks auth when the last answer is older than half a second; never inside a transaction. */
const struct err *outside_keys_find(struct req *rq, struct keys *k, struct uuid id, struct outside_key *out) MUST_USE;
/* Is this SHA-256 one of the key's secrets that are good now? */
bool              outside_key_has(const struct outside_key *key, struct text sha256, int64_t now_us);

/* ---- nonces.c: what was signed once is answered once */

struct nonces;
struct nonces    *outside_nonces_open(void);
void              outside_nonces_close(struct nonces **n);
/* Remembers the nonce of this key until then. FULL: too many at once; refused, because it could not be remembered. */
enum nonce { NONCE_NEW, NONCE_SEEN, NONCE_FULL };
enum nonce        outside_nonces_take(struct nonces *n, struct uuid key, struct text nonce, int64_t now_us, int64_t until_us);

/* ---- next.c: the events behind a cursor */

struct outside_ask {
	const struct outside_key *key;
	const struct text        *types;            /* none: all that the key may see */
	size_t                    n_types;
	bool                      has_after;        /* no: from the oldest kept */
	int64_t                   after[OUTBOX_PARTITIONS];
	int32_t                   limit;
	int64_t                   max_bytes;
};
enum outside_found { OUTSIDE_FOUND, OUTSIDE_EXPIRED, OUTSIDE_AHEAD };
struct outside_page {
	enum outside_found found;
	size_t             n;
	struct envelope   *events;
	/* Up to here all was looked at, whatever passed. EXPIRED: the oldest to go on with. AHEAD: where the publisher is. */
	int64_t            cursor[OUTBOX_PARTITIONS];
	bool               more;                    /* behind the cursor there are events already, to be looked at */
	int64_t            heads_sum;               /* grows with every event of the publisher */
};
/* One short transaction. FORBIDDEN "event_key.out_of_scope" when a type is asked for that the key may not see. */
const struct err *outside_next(struct req *rq, const struct outside_ask *ask, struct outside_page *page) MUST_USE;
/* The cursors of who has read everything and of who has read nothing that is kept. */
struct outside_edges { int64_t now[OUTBOX_PARTITIONS], oldest[OUTBOX_PARTITIONS], heads_sum; };
const struct err *outside_look(struct req *rq, struct outside_edges *edges) MUST_USE;

/* ---- readers.c: who reads how far, so that it is kept for them */

struct readers;
struct readers *outside_readers_open(void);
void          outside_readers_close(struct readers **s);
/* Writes it down, not more often than every few seconds per key. A failure is logged and changes nothing else. */
void          outside_readers_note(struct req *rq, struct readers *s, struct uuid key, const int64_t cursor[OUTBOX_PARTITIONS]);

/* ---- cursor.c: one text for all partitions */

/* At most 200 letters that look like nothing. */
struct text   outside_cursor_print(struct arena *mem, const char *publisher, const int64_t at[OUTBOX_PARTITIONS]);
/* False for what this publisher has not printed. */
bool          outside_cursor_parse(struct arena *mem, const char *publisher, struct text t, int64_t at[OUTBOX_PARTITIONS]) MUST_USE;

/* ---- watch.c: waiting for something new */

struct watch;
struct watch *outside_watch_open(int most);
void          outside_watch_close(struct watch **w);
/* A place to wait; false: all are taken. */
bool          outside_watch_enter(struct watch *w) MUST_USE;
void          outside_watch_leave(struct watch *w);
/* Until the publisher's heads_sum is no longer `seen`, the time is over or the service is ending. */
void          outside_watch_wait(struct req *rq, struct watch *w, int64_t seen, int64_t until_mono_us);

struct outside {
	struct keys          *keys;
	struct nonces        *nonces;
	struct readers       *readers;
	struct watch         *watch;
	struct bus_responder *door;                 /* NULL: HTTP only */
};

/* ask.c: one question of the REQ/REP door. */
void outside_answer(void *app, struct arena *mem, struct text question, struct buf *to);
#endif
