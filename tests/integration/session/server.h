/* A redis-server of the test's own, on a unix socket in a folder of its own. */
#ifndef TESTS_SESSION_SERVER_H
#define TESTS_SESSION_SERVER_H
#include <stdbool.h>
#include <sys/types.h>

struct server { char folder[64], socket[96], url[160]; pid_t pid; };

/* Started and answering when it returns; more is a further pair of arguments ("--maxmemory-policy",
 * "allkeys-lru") or NULLs. */
void server_start(struct server *s, const char *option, const char *value);
/* Ends it and removes the folder. */
void server_stop(struct server *s);
/* Ends the process as a crash would, and starts a new, empty one in its place. */
void server_restart(struct server *s);
void server_freeze(const struct server *s);
void server_thaw(const struct server *s);
/* Tells it one command, past the code under test; true unless it answers with an error. */
bool server_tell(const struct server *s, const char *fmt, ...);
/* The integer that one command answers with. */
long long server_ask(const struct server *s, const char *fmt, ...);
/* How many connections it has, the one that asks included. */
int server_clients(const struct server *s);
#endif
