/* What others build on: the library as it is installed, the sample in C and the one in Node that knows only the wire. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/core/clock.h"
#include "tests/integration/outside/stand.h"

/* Where make puts the Node sample with its package (build/samples/events/stamp). */
#define NODE_SAMPLE "build/samples/events/subscriber.mjs"

static struct stand s;
static const char *home;

static void
open_stand(void)
{
	stand_open(&s, 4);
	auth_knows_key();
	home = kit_print("%s/programs-%d", kit_db_start()->dir, (int)getpid());
	SURE(system(kit_print("umask 077; mkdir -p %s && printf '%%s\\n' " SECRET " >%s/secret", home, home)) == 0);
}

static void
close_stand(void)
{
	SURE(system(kit_print("rm -rf %s", home)) == 0);
	stand_close(&s);
}

TestSuite(programs, .init = open_stand, .fini = close_stand, .timeout = 120);

/* Starts "command <wake url> <ask url> <key> <secret file> <cursor file> payment.settled payment.failed". */
static pid_t
start(const char *command)
{
	const char *line = kit_print("exec %s tcp://%s tcp://%s " KEY " %s/secret %s/cursor payment.settled payment.failed "
	    ">>%s/out 2>>%s/err", command, s.config.outside_listen, s.config.outside_ask_listen, home, home, home, home);
	pid_t pid = fork();

	SURE(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static int
stop(pid_t pid)
{
	int64_t until_us = clock_mono_us() + 10000000;
	int status = -1;

	SURE(kill(pid, SIGTERM) == 0);
	while (waitpid(pid, &status, WNOHANG) == 0 && clock_mono_us() < until_us)
		(void)usleep(5000);
	return status;
}

static int
lines(void)
{
	FILE *out = fopen(kit_print("%s/out", home), "r");
	int n = 0, c;

	while (out != NULL && (c = getc(out)) != EOF)
		n += c == '\n';
	if (out != NULL)
		(void)fclose(out);
	return n;
}

/* Kept events, then one that wakes it, a restart, and what came meanwhile: each once, in order. */
static void
hears_all(const char *command)
{
	emit_many(&s, "payment.settled", true, 6, 400);
	emit_many(&s, "payment.refunded", true, 6, 10);
	pid_t pid = start(command);
	kit_until(20000, lines() == 400);
	emit(&s, "payment.failed", true, COMPANY, 401);
	kit_until(2000, lines() == 401);
	cr_assert_eq(stop(pid), 0);
	emit_many(&s, "payment.settled", true, 6, 50);
	pid = start(command);
	kit_until(20000, lines() == 451);
	cr_assert_eq(stop(pid), 0);
	cr_assert_eq(system(kit_print("[ $(cut -d' ' -f1 %s/out | sort -u | wc -l) = 451 ]", home)), 0, "some came twice");
	cr_assert_eq(system(kit_print("! grep -q refunded %s/out", home)), 0);
	auth_says(KEY, NULL);
	kit_until(1500, call(&s, (struct call){ .key = KEY }).has_error);
	pid = start(command);
	int status;
	SURE(waitpid(pid, &status, 0) == pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1, "a revoked key ends it");
}

Test(programs, the_installed_library_builds_the_sample_by_pkg_config_and_the_sample_hears_all)
{
	cr_assert_eq(system(kit_print("make -s -C deploy/libdure-events install BUILD=%s/build DESTDIR=%s/root PREFIX=/usr "
	    ">%s/make.log 2>&1 || { cat %s/make.log; false; }", home, home, home, home)), 0);
	cr_assert_eq(system(kit_print("objdump -p %s/root/usr/lib/libdure-events.so | grep -q 'SONAME *libdure-events.so.1$'",
	    home)), 0);
	cr_assert_eq(system(kit_print("export PKG_CONFIG_PATH=%s/root/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=%s/root; "
	    "cc -o %s/subscriber deploy/libdure-events/samples/subscriber.c $(pkg-config --cflags --libs dure-events)", home, home,
	    home)), 0);
	hears_all(kit_print("env LD_LIBRARY_PATH=%s/root/usr/lib %s/subscriber", home, home));
}

Test(programs, the_sample_in_node_hears_all_by_the_wire_format_alone)
{
	cr_assert_eq(access(NODE_SAMPLE, R_OK), 0, "run make build/samples/events/stamp first");
	hears_all("node " NODE_SAMPLE);
}
