/* Runs programs of the tree to their end and takes what they print. */
#include "tests/kit/room.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_ARGS = 32 };

/* Into a file and not a pipe: a daemon that the program leaves behind would hold the pipe open. */
static NEVER_RETURNS void
become(const char *const variables[], const char *const args[], int out)
{
	char *argv[MAX_ARGS + 1];
	int n = 0, null = open("/dev/null", O_RDONLY);

	for (size_t i = 0; variables != NULL && variables[i] != NULL; i++)
		putenv(strdup(variables[i]));
	for (; n < MAX_ARGS && args[n] != NULL; n++)
		argv[n] = strdup(args[n]);
	argv[n] = NULL;
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	execv(argv[0], argv);
	_exit(127);
}

const char *
kit_run_args(const char *const variables[], const char *const args[], int *status)
{
	char path[] = "/tmp/dure-kit-XXXXXX";
	int out = mkostemp(path, O_CLOEXEC), how = 0;
	const char *output;
	pid_t child;

	if (out < 0)
		kit_fail("no temporary file: %s", strerror(errno));
	child = fork();
	if (child == 0)
		become(variables, args, out);
	while (waitpid(child, &how, 0) < 0)
		if (errno != EINTR)
			kit_fail("waitpid: %s", strerror(errno));
	close(out);
	output = kit_read_file(path);
	unlink(path);
	*status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
	return output;
}

const char *
kit_run(const char *const variables[], const char *program, ...)
{
	const char *args[MAX_ARGS + 1] = { kit_print("%s/%s", kit_root(), program) }, *output;
	va_list more;
	int status;

	va_start(more, program);
	for (size_t n = 1; n < MAX_ARGS && (args[n] = va_arg(more, const char *)) != NULL; n++)
		;
	va_end(more);
	output = kit_run_args(variables, args, &status);
	if (status != 0)
		kit_fail("%s %s failed (%d): %s", args[0], args[1] != NULL ? args[1] : "", status, output);
	return output;
}
