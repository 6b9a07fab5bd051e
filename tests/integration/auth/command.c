/* Commands of dure-auth, run in this process. */
#include "tests/integration/auth/command.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 8 };

struct call { command_run *run; const char *const *words; };

static const struct err *
call(struct req *rq, void *arg)
{
	const struct call *c = arg;
	char *argv[WORDS_MAX + 1] = { NULL };
	const struct err *e;
	int argc = 0;

	for (; argc < WORDS_MAX && c->words[argc] != NULL; argc++)
		argv[argc] = strdup(c->words[argc]);
	e = c->run(rq, argc, argv);
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	return e;
}

struct said
command(command_run *run, const char *input, const char *const *words)
{
	FILE *old_in = stdin, *old_out = stdout;
	struct call c = { run, words };
	struct said said;
	char *text = NULL;
	size_t n;

	stdin = fmemopen((void *)(uintptr_t)(input != NULL ? input : "\n"), input != NULL ? strlen(input) + 1 : 1, "r");
	stdout = open_memstream(&text, &n);
	said.slug = kit_part(k, TX_NONE, call, &c);
	(void)fclose(stdin);
	(void)fclose(stdout);
	stdin = old_in;
	stdout = old_out;
	said.said = kit_print("%s", text);
	free(text);
	return said;
}
