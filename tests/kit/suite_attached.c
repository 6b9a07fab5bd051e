/* A suite that somebody else runs, in containers for example: reached by its ports and by two small programs. */
#include "tests/kit/suite.h"
#include <stdlib.h>
#include <string.h>

struct suite *
suite_attached(void)
{
	const char *dir = getenv("KIT_SUITE");
	struct suite *s;

	if (dir == NULL || *dir == '\0')
		return NULL;
	s = kit_last_zero(sizeof(*s));
	s->dir = kit_last(dir);
	s->attached = true;
	return s;
}

const char *
suite_ask_program(struct suite *s, const char *program, const char *argument, const char *input)
{
	const char *const args[] = { kit_print("%s/%s", s->dir, program), argument, NULL }, *said;
	size_t n;
	int status;

	said = kit_run_args(NULL, args, input, &status);
	if (status != 0)
		kit_fail("%s ended with %d: %s", args[0], status, said);
	n = strlen(said);
	return kit_keep(said, n > 0 && said[n - 1] == '\n' ? n - 1 : n);
}
