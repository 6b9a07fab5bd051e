/* What the files of this room share. */
#ifndef SVC_ROOM_H
#define SVC_ROOM_H
#include "common/svc/svc.h"
#include "common/token/digest.h"

/* One process, one service: filled by main() before the first thread, read-only afterwards. */
struct process {
	const struct svc    *svc;
	struct app           app;
	struct config_common config;
	struct keyring       identity_ring, pair_ring;
	struct inbox        *inbox;
	struct otlp         *otlp;      /* NULL: nobody collects spans */
	struct jobs         *apart;     /* the workers of svc->apart */
	struct http_server  *http;
	struct arena        *mem;       /* of the main thread */
};
extern struct process process;
extern const char svc_version[];

/* check.c: reads all variables; every problem is a line on `problems`; returns how many. */
int  svc_configure(FILE *problems);
/* Reads the common variables and says nothing, for commands that need one of them. */
void svc_configure_some(void);
/* The one variable that migrate needs, NULL with a line on problems. */
const char *svc_migrate_url(FILE *problems);

/* identify.c: the identity of services behind the gateway. */
const struct err *svc_identify(struct req *rq, struct text method, struct text path_query, struct text header);

/* serve.c: opens everything in order, waits for SIGTERM or SIGINT, closes in reverse. Returns the exit code. */
int  svc_serve(void);
/* What serve and the commands both need: PostgreSQL and Redis. Nothing is connected yet. */
const struct err *svc_pools_open(struct req *rq) MUST_USE;
void svc_pools_close(void);

/* probe.c: asks the running service whether it is ready and prints one line; waits 3 s at most. 0: it is, 1: it is not. */
int  svc_probe(void);

/* commands.c: the exit code. */
int  svc_command(int argc, char **argv);
void svc_help(void);
#endif
