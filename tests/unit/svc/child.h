/* The toy service of the tests of svc as a child process: started with a command, heard, waited for. */
#ifndef UNIT_SVC_CHILD_H
#define UNIT_SVC_CHILD_H
#include <sys/types.h>

#include "common/svc/svc.h"

extern const struct svc toy;

struct child { pid_t pid; int out; char text[65536]; size_t n; };

/* One argument at most two; what it prints on either stream can be read from out. */
void start(struct child *c, const char *a, const char *b);
/* Reads on until `wanted` was printed (true) or the child has ended or 5 s are over (false). */
bool prints(struct child *c, const char *wanted);
/* Waits for the end: the exit status, 128 + signal. */
int  ends(struct child *c);
/* The port that it says it has opened under this name, once it is ready. */
int  port_of(struct child *c, const char *name);
#endif
