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
become(const char *const variables[], const char *const args[], int in, int out)
{
	char *argv[MAX_ARGS + 1];
	int n = 0;

	for (size_t i = 0; variables != NULL && variables[i] != NULL; i++)
		putenv(strdup(variables[i]));
	for (; n < MAX_ARGS && args[n] != NULL; n++)
		argv[n] = strdup(args[n]);
	argv[n] = NULL;
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	if (argv[0] != NULL)
		execv(argv[0], argv);
	_exit(127);
}

/* A file that is gone when it is closed, with that text in it. */
static int
open_input(const char *text)
{
	char path[] = "/tmp/dure-kit-XXXXXX";
	int in = text == NULL ? open("/dev/null", O_RDONLY | O_CLOEXEC) : mkostemp(path, O_CLOEXEC);

	if (in < 0)
		kit_fail("no input file: %s", strerror(errno));
	if (text == NULL)
		return in;
	unlink(path);
	if (write(in, text, strlen(text)) != (ssize_t)strlen(text) || lseek(in, 0, SEEK_SET) != 0)
		kit_fail("no input file: %s", strerror(errno));
	return in;
}

const char *
kit_run_args(const char *const variables[], const char *const args[], const char *input, int *status)
{
	char path[] = "/tmp/dure-kit-XXXXXX";
	int out = mkostemp(path, O_CLOEXEC), in = open_input(input), how = 0;
	const char *output;
	pid_t child;

	if (out < 0)
		kit_fail("no temporary file: %s", strerror(errno));
	child = fork();
	if (child == 0)
		become(variables, args, in, out);
	close(in);
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
	output = kit_run_args(variables, args, NULL, &status);
	if (status != 0)
		kit_fail("%s %s failed (%d): %s", args[0], args[1] != NULL ? args[1] : "", status, output);
	return output;
}
