/* The line of a panic. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/core/req.h"
#include "common/core/text.h"

/* Runs in a child with stderr on a pipe. */
static void
fail_in_hand(int to)
{
	struct arena *mem = arena_open(1 << 20);
	struct req rq;

	(void)dup2(to, STDERR_FILENO);
	req_begin(&rq, NULL, mem, TEXT("POST /api/\"orders\"\n"), 1000);
	SURE(1 + 1 == 3);
}

Test(panic, a_failed_assertion_prints_one_json_line_and_aborts)
{
	char line[2048] = "";
	int pipes[2], status;
	pid_t child;

	cr_assert_eq(pipe(pipes), 0);
	child = fork();
	if (child == 0)
		fail_in_hand(pipes[1]);
	(void)close(pipes[1]);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	cr_assert_gt(read(pipes[0], line, sizeof(line) - 1), 0);
	cr_assert_not_null(strstr(line, "\"what\":\"1 + 1 == 3\""), "%s", line);
	cr_assert_not_null(strstr(line, "\"door\":\"POST /api/?orders??\""), "%s", line);
	cr_assert_not_null(strstr(line, "\"trace\":\"00-"), "%s", line);
	cr_assert_not_null(strstr(line, "\"func\":\"fail_in_hand\""), "%s", line);
	cr_assert_eq(strchr(line, '\n'), line + strlen(line) - 1);
}

Test(panic, it_works_with_nothing_in_hand, .signal = SIGABRT)
{
	panic_holds(NULL);
	UNREACHED("a test");
}
