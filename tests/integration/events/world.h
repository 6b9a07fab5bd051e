/* A publisher and two subscribers as processes, each with a database of its own, and writers in the
 * test itself.
 *
 * The publisher "shop" has the table keys: each event of a key carries the next number of that
 * key, taken under the lock of its row. The subscribers "desk" and "till" write what they hear into heard,
 * in that order. So the whole promise is one query: every key was heard 1, 2, 3 … up to its
 * number, each once. */
#ifndef EVENTS_WORLD_H
#define EVENTS_WORLD_H
#include <criterion/criterion.h>
#include <sys/types.h>

#include "common/core/app.h"
#include "common/db/db.h"

enum { WORLD_KEYS = 40, WORLD_REPLICAS = 2, WORLD_NODES = 16 };
enum world_side { SHOP, DESK, TILL, WORLD_SIDES };

struct world {
	char                  home[64], name[WORLD_SIDES][32], url[WORLD_SIDES][256], peers[128];
	int                   pub_port[WORLD_REPLICAS], ask_port[WORLD_REPLICAS];
	struct app            app;          /* of the writers: no bus, so the relay polls */
	pid_t                 nodes[WORLD_NODES];
	size_t                n_nodes;
};

void    world_open(struct world *w);
/* Ends what still runs. */
void    world_close(struct world *w);

/* Starts a replica; its fault points are armed as given and later by world_fault(). */
pid_t   world_start(struct world *w, enum world_side side, int replica, const char *faults);
void    world_fault(struct world *w, enum world_side side, int replica, const char *faults);
void    world_kill(struct world *w, pid_t node);
/* SIGTERM; the node must exit 0. */
void    world_stop(struct world *w, pid_t node);
/* Waits for a node that kills itself at a fault point. */
void    world_died(struct world *w, pid_t node);

/* The next event of key number `key`, committed. From any thread; each thread has a writer of
 * its own. */
struct writer { struct world *w; struct arena *mem; };
struct writer writer_open(struct world *w);
void    writer_close(struct writer *wr);
void    write_event(struct writer *wr, int key);
void    write_events(struct writer *wr, int n);                /* spread over all keys */
/* Inserted and not committed until held_commit(). */
struct held { struct writer wr; struct req rq; };
void    held_open(struct held *h, struct world *w, int key);
void    held_commit(struct held *h);

/* The first field of the result as a number; the schema is the search path. */
int64_t world_sql(const struct world *w, enum world_side side, const char *fmt, ...) PRINTF_LIKE(3, 4);
void    world_text(const struct world *w, enum world_side side, const char *sql, char *out, size_t out_bytes);
/* Everything written was heard once and in order, by the desk or by that side; waits for it and says what is missing
 * otherwise. */
void    world_all_heard(const struct world *w, int timeout_ms);
void    world_all_heard_by(const struct world *w, enum world_side side, int timeout_ms);
/* Waits until the query gives this number. */
void    world_until(const struct world *w, enum world_side side, const char *sql, int64_t is, int timeout_ms);
#endif
