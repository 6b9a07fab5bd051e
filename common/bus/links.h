/* The connections of a dialling socket: one dialer for every address of a publisher's hosts. */
#ifndef BUS_LINKS_H
#define BUS_LINKS_H
#include <netdb.h>
#include <pthread.h>

#include "common/bus/room.h"

/* 64 replicas of one publisher; more are left out, which costs nothing but their PUB. */
enum { LINKS_MAX = 64, LINKS_URL_CHARS = 80 };

struct link_host {
	char             name[128];
	char             port[8];
	int64_t          next_us;     /* of the next look-up, monotonic; INT64_MAX: never again */
	bool             looking;     /* `thread` runs; it alone touches rc and found until `done` */
	bool             done;        /* atomic */
	pthread_t        thread;
	int              rc;
	struct addrinfo *found;
};

struct link { char url[LINKS_URL_CHARS]; size_t host; nng_dialer dialer; bool seen; };

/* Heap only: look-ups keep pointers into it while they run. */
struct links {
	nng_socket       socket;
	int              resolve_ms;
	size_t           n_hosts, n;
	struct link_host hosts[COUNT_OF(((struct bus_peers *)0)->at)];
	struct link      at[LINKS_MAX];
	uint64_t         joins;       /* atomic: counted on nng's threads */
};

enum links_port { LINKS_PUB, LINKS_ASK };
/* Dials what needs no look-up and asks for the rest. INVALID "bus.unknown_peer". */
const struct err *links_open(struct req *rq, struct links **out, nng_socket socket,
    const struct bus_peers *peers, const char *name, enum links_port port) MUST_USE;
/* Takes finished look-ups and starts due ones. Never blocks; to be called often by the owner's
 * thread. */
void              links_tend(struct links *l);
/* After nng_close(): waits for a look-up under way (nothing can cancel one), then frees. */
void              links_close(struct links **l);
#endif
