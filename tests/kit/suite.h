/* A running suite: what suite.c and suite_words.c both look into. */
#ifndef KIT_SUITE_H
#define KIT_SUITE_H
#include "tests/kit/room.h"

enum { SUITE_PROCESSES = 9, SUITE_ENV = 128 };

struct suite_process {
	pid_t pid;         /* 0: does not run */
	int   status;      /* exit status, 128 + signal, −1 while it runs */
	bool  killed;      /* by the test, so that its status says nothing */
};

/* Messages to this phone up to this number have been given. */
struct suite_phone { struct suite_phone *next; const char *number; int64_t after; };

struct suite {
	const char          *dir, *bin, *database;
	const char          *postgres;       /* folder of the cluster: the shared one or dir itself */
	int                  flags;
	struct suite_process processes[SUITE_PROCESSES];
	bool                 attached;       /* it runs elsewhere: no process, no database of ours */
	int64_t              clock_s;        /* how far suite_clock() has moved the clock in all */
	struct suite_phone  *phones;         /* those that kit_inbox_code() was asked for */
};

struct suite_process *suite_process(struct suite *s, const char *service);
/* suite_attached.c: what a program in the folder of an attached suite prints, without its last newline. */
const char *suite_ask_program(struct suite *s, const char *program, const char *argument, const char *input);
/* Whether a suite beside or this one has the port ("20795") for a service, which may not listen yet; the list of ports at
 * the path `but` is left out ("": none is). Under the lock of the ports. */
bool        suite_port_is_given(const char *port, const char *but);
/* suite_replicas.c: "commerce2" is the second replica of "commerce", the same binary. */
bool        suite_is_replica(const char *service);
/* Writes their environments and names them to all who hear their events. Under the lock of the ports. */
void        suite_configure_replicas(struct suite *s);
/* The variables of a service, for suite_become(): what follows fork() in a process that is to be one. */
void suite_environment(struct suite *s, const char *service, char *env[SUITE_ENV]);
NEVER_RETURNS void suite_become(const char *binary, const char *log, char *env[], pid_t parent);
#endif
