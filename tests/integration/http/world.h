/* A server with a handful of routes, and a client that sends any bytes. */
#ifndef HTTP_WORLD_H
#define HTTP_WORLD_H
#include "common/core/app.h"
#include "common/http/http.h"

struct world {
	struct arena       *mem;
	struct req          rq;
	struct app          app;
	struct http_server *server;
	int                 port, manage_port;
};
/* database_url NULL: none. threads as the test needs. Ends the test when it does not start. */
void world_open(struct world *w, const char *database_url, int threads);
/* The same without a database, of another size. */
struct world_door { int threads, per_address, timeout_ms; const char *exempt; };
void world_open_door(struct world *w, struct world_door door);
void world_close(struct world *w);

/* A connection of a raw client. */
int  dial(int port);
/* From that address of this machine. Who is refused on accept hears of it afterwards. */
int  dial_from(const char *address, int port);
void hang_up(int fd);
void say(int fd, const char *bytes, size_t len);
/* One answer: status, head and body, NUL-terminated copies. status 0: the server closed or 5 s passed. */
struct heard { int status; char head[4096]; char body[65536]; size_t body_len; bool closes; };
void hear(int fd, struct heard *out);
/* True when the server has closed the connection within 3 s. */
bool closed_by_server(int fd);

/* One request on a connection of its own. extra: further header lines with CRLF; body NULL: none. */
void ask(const struct world *w, const char *method, const char *target, const char *extra, const char *body,
    struct heard *out);
/* A header's value out of head; "" when it is not there. */
const char *header_in(const struct heard *h, const char *name);

/* How often steps of the test routes ran; in this process. */
extern int runs_of_pay, runs_of_again;
/* Echo sockets at /ws (at most 2) that have ended. */
extern int sockets_closed;
/* What seen() was told of, and whether tells() takes refusals; atomic. */
extern int  times_seen;
extern bool says_nothing_of_refusals;
/* What POST /api/pay does: "" goes well, "refuse" a rule, "timeout" an unknown outcome, "store" by itself. */
extern const char *pay_mood;
#endif
