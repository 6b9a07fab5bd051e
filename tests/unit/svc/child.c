/* The toy service as a child process of the test. */
#include "tests/unit/svc/child.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/core/clock.h"

void
start(struct child *c, const char *a, const char *b)
{
	char name[] = "dure-toy", *argv[] = { name, NULL, NULL, NULL };
	int ends[2], argc = 1;

	*c = (struct child){ 0 };
	cr_assert_eq(pipe(ends), 0);
	(void)fflush(NULL);
	c->pid = fork();
	if (c->pid == 0) {
		(void)dup2(ends[1], 1);
		(void)dup2(ends[1], 2);
		(void)close(ends[0]);
		if (a != NULL)
			argv[argc++] = strdup(a);
		if (b != NULL)
			argv[argc++] = strdup(b);
		int code = svc_main(argc, argv, &toy);
		(void)fflush(NULL);
		_exit(code);
	}
	(void)close(ends[1]);
	c->out = ends[0];
}

bool
prints(struct child *c, const char *wanted)
{
	int64_t end_us = clock_mono_us() + 5000000;

	while (wanted == NULL || strstr(c->text, wanted) == NULL) {
		struct pollfd p = { c->out, POLLIN, 0 };
		ssize_t n = 0;
		if (clock_mono_us() > end_us)
			return false;
		if (poll(&p, 1, 100) == 1 && (n = read(c->out, c->text + c->n, sizeof c->text - 1 - c->n)) == 0)
			return false;
		c->n += n > 0 ? (size_t)n : 0;
	}
	return true;
}

int
ends(struct child *c)
{
	int status = 0;

	(void)prints(c, NULL);
	(void)close(c->out);
	cr_assert_eq(waitpid(c->pid, &status, 0), c->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
port_of(struct child *c, const char *name)
{
	char wanted[64];

	cr_assert(prints(c, "svc.ready"), "%s", c->text);
	(void)snprintf(wanted, sizeof wanted, "\"%s\":", name);
	const char *at = strstr(c->text, wanted);
	cr_assert_not_null(at, "%s", c->text);
	return atoi(at + strlen(wanted));
}
