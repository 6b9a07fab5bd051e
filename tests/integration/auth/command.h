/* Commands of dure-auth, run in this process. */
#ifndef TESTS_AUTH_COMMAND_H
#define TESTS_AUTH_COMMAND_H
#include "tests/integration/auth/world.h"

/* slug: NULL when it went well. said: its standard output. */
struct said { const char *slug, *said; };
/* words: "member\0remove\0…" as an array that ends with NULL. input: its standard input, NULL for none. */
typedef const struct err *command_run(struct req *rq, int argc, char **argv);
struct said command(command_run *run, const char *input, const char *const *words);
#define WORDS(...) (const char *const[]){ __VA_ARGS__, NULL }
#endif
