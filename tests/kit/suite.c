/* The whole suite as real processes: started, killed, restarted, watched, ended with the test. */
#include "tests/kit/suite.h"
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/core/clock.h"

enum { READY_MS = 60000, GRACE_MS = 25000, LOG_END = 2000 };

/* In the order of their start. */
static const char *const names[SUITE_PROCESSES] = {
	"sandbox", "auth", "billing", "messaging", "commerce", "commerce2", "notification", "notification2", "gateway",
};

struct suite_process *
suite_process(struct suite *s, const char *service)
{
	for (size_t i = 0; i < SUITE_PROCESSES; i++)
		if (strcmp(names[i], service) == 0)
			return &s->processes[i];
	kit_fail("the suite has no \"%s\"", service);
}

/* ---- one process */

static char *
writable(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(kit_last_zero(size), text, size);
}

/* "NAME=value" lines of the service's file, and what sanitizers read. */
void
suite_environment(struct suite *s, const char *service, char *env[SUITE_ENV])
{
	static const char *const passed[] = { "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS" };
	const char *file = kit_read_file(kit_print("%s/env/%s.env", s->dir, service));
	char *lines = writable(file != NULL ? file : ""), *line, *rest;
	size_t n = 0;

	for (line = strtok_r(lines, "\n", &rest); line != NULL && n < SUITE_ENV - 8; line = strtok_r(NULL, "\n", &rest))
		env[n++] = line;
	for (size_t i = 0; i < COUNT_OF(passed); i++)
		if (getenv(passed[i]) != NULL)
			env[n++] = writable(kit_print("%s=%s", passed[i], getenv(passed[i])));
	env[n] = NULL;
}

/* Dies with its parent, in a group of its own, with nothing open but its log. */
NEVER_RETURNS void
suite_become(const char *binary, const char *log, char *env[], pid_t parent)
{
	char *program = strdup(binary), *argv[] = { program, NULL };
	int null = open("/dev/null", O_RDONLY), out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || null < 0 || out < 0)
		_exit(126);
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	execve(binary, argv, env);
	_exit(127);
}

static void
start(struct suite *s, const char *service)
{
	struct suite_process *p = suite_process(s, service);
	int length = (int)strlen(service) - suite_is_replica(service);
	const char *binary = kit_print("%s/dure-%.*s", s->bin, length, service);
	const char *log = kit_print("%s/log/%s.log", s->dir, service);
	char *env[SUITE_ENV];
	pid_t parent = getpid();

	if (access(binary, X_OK) != 0)
		kit_fail("%s is not built", binary);
	suite_environment(s, service, env);
	p->status = -1;
	p->killed = false;
	p->pid = fork();
	if (p->pid == 0)
		suite_become(binary, log, env, parent);
	if (p->pid < 0)
		kit_fail("fork: %s", strerror(errno));
}

/* Notes the end of a process that has ended. */
static bool
has_ended(struct suite_process *p)
{
	int how;

	if (p->pid > 0 && waitpid(p->pid, &how, WNOHANG) == p->pid) {
		p->status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
		p->pid = 0;
	}
	return p->pid <= 0;
}

pid_t
suite_pid(struct suite *s, const char *service)
{
	return suite_process(s, service)->pid;
}

bool
suite_ended(struct suite *s, const char *service)
{
	return has_ended(suite_process(s, service));
}

void
suite_kill(struct suite *s, const char *service, int signal_number)
{
	struct suite_process *p = suite_process(s, service);

	if (has_ended(p))
		return;
	kill(p->pid, signal_number);
	if (signal_number != SIGKILL)
		return;
	p->killed = true;
	kit_until(10000, has_ended(p));
}

int
suite_stop(struct suite *s, const char *service)
{
	struct suite_process *p = suite_process(s, service);
	int64_t deadline = kit_deadline(GRACE_MS);

	if (has_ended(p))
		return p->status;
	kill(p->pid, SIGCONT);
	kill(p->pid, SIGTERM);
	while (!has_ended(p) && kit_goes_on(deadline))
		;
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		kit_until(10000, has_ended(p));
		kit_fail("%s did not end within %d ms of SIGTERM", service, GRACE_MS);
	}
	return p->status;
}

void
suite_restart(struct suite *s, const char *service)
{
	suite_stop(s, service);
	start(s, service);
}

/* ---- a failing test tells how its suite was */

static struct suite *running;

/* Does this suite have it at all? */
static bool
runs(const struct suite *s, const char *service)
{
	return !suite_is_replica(service) || (s->flags & SUITE_REPLICAS) != 0;
}

static const char *
log_end(struct suite *s, const char *service)
{
	const char *log = kit_read_file(kit_print("%s/log/%s.log", s->dir, service));
	size_t n = log != NULL ? strlen(log) : 0;

	return n > LOG_END ? log + n - LOG_END : log != NULL ? log : "(no log)";
}

static void
tell_logs(void)
{
	for (size_t i = 0; i < SUITE_PROCESSES; i++)
		if (runs(running, names[i]))
			fprintf(stderr, "---- the end of %s's log%s\n%s\n", names[i],
		    suite_ended(running, names[i]) ? " (not running)" : "", log_end(running, names[i]));
}

/* ---- ready */

static bool
is_ready(struct suite *s, const char *service)
{
	const char *path = strcmp(service, "sandbox") == 0 ? "/livez" : "/readyz";

	if (suite_ended(s, service))
		kit_fail("%s has ended (%d)", service, suite_process(s, service)->status);
	return kit_http(s, "GET", kit_print("%s%s", suite_url(s, service), path), NULL).status == 200;
}

static void
wait_for(struct suite *s, const char *service)
{
	int64_t deadline = kit_deadline(READY_MS);

	while (!is_ready(s, service))
		if (!kit_goes_on(deadline))
			kit_fail("%s is not ready after %d ms", service, READY_MS);
}

void
suite_wait_ready(struct suite *s, const char *service)
{
	for (size_t i = 0; i < SUITE_PROCESSES; i++)
		if (service != NULL ? strcmp(names[i], service) == 0 : s->processes[i].pid > 0)
			wait_for(s, names[i]);
}

/* ---- the whole */

/* The template of all suites: every service's migrate run once per cluster. */
static void
make_template(struct suite *s)
{
	static const char *const owners[] = { "auth", "billing", "messaging", "commerce", "notification" };
	const char *const variables[] = { "DURE_DATABASE=t_suite_making", "DURE_FLAVOUR=test",
		kit_print("DURE_POSTGRES_DIR=%s", s->postgres), kit_print("DURE_BIN=%s", s->bin),
		"DURE_DEV_FSYNC=off", NULL };
	int lock = kit_lock("templates");

	if (!kit_database_exists(s->postgres, "t_suite")) {
		kit_run(variables, "deploy/dev/databases", "roles", s->postgres, "t_suite_making", NULL);
		kit_run(variables, "deploy/dev/environment", s->dir, "free", NULL);
		for (size_t i = 0; i < COUNT_OF(owners); i++)
			kit_run(variables, "deploy/dev/service", "migrate", s->dir, owners[i], NULL);
		kit_run(variables, "deploy/dev/databases", "grants", s->postgres, "t_suite_making", NULL);
		kit_admin_sql(s->postgres, "postgres", NULL, "ALTER DATABASE t_suite_making RENAME TO t_suite");
	}
	kit_unlock(lock);
}

static void
make_folder(struct suite *s)
{
	char path[] = "suite-XXXXXX", full[4096];

	snprintf(full, sizeof(full), "%s/%s", kit_dir(), path);
	if (mkdtemp(full) == NULL || chmod(full, 0755) != 0)
		kit_fail("cannot make %s: %s", full, strerror(errno));
	s->dir = kit_last(full);
}

/* The services' binaries stand in bin/ beside the folder of the test binary, unless told otherwise. */
static const char *
find_bin(void)
{
	const char *told = getenv("KIT_BIN");
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 8);

	if (told != NULL && *told == '/')
		return told;
	if (told != NULL && *told != '\0')
		return kit_last(kit_print("%s/%s", kit_root(), told));
	SURE(n > 0);
	path[n] = '\0';
	for (int up = 0; up < 2; up++)
		*strrchr(path, '/') = '\0';
	return kit_last(kit_print("%s/bin", path));
}

bool
suite_port_is_given(const char *port, const char *but)
{
	const char *end = kit_print(" %s\n", port), *ports;
	bool given = false;
	glob_t found;

	if (glob(kit_print("%s/suite-*/env/ports", kit_dir()), 0, NULL, &found) != 0)
		return false;
	for (size_t i = 0; i < found.gl_pathc && !given; i++)
		given = strcmp(found.gl_pathv[i], but) != 0 && (ports = kit_read_file(found.gl_pathv[i])) != NULL &&
		    strstr(ports, end) != NULL;
	globfree(&found);
	return given;
}

/* Lines are "service door port". */
static bool
are_taken(struct suite *s)
{
	const char *own = kit_print("%s/env/ports", s->dir), *ours = kit_read_file(own);

	for (const char *line = ours; line != NULL && *line != '\0'; line = strchr(line, '\n'), line += line != NULL) {
		const char *end = line + strcspn(line, "\n"), *port = memrchr(line, ' ', (size_t)(end - line));

		if (port != NULL && suite_port_is_given(kit_print("%.*s", (int)(end - port - 1), port + 1), own))
			return true;
	}
	return false;
}

/* Nobody listens on a port yet when a suite that starts beside this one looks for free ones. */
static void
configure(struct suite *s)
{
	const char *const variables[] = { kit_print("DURE_DATABASE=%s", s->database), "DURE_FLAVOUR=test",
		kit_print("DURE_POSTGRES_DIR=%s", s->postgres), NULL };
	int lock = kit_lock("ports");

	do
		kit_run(variables, "deploy/dev/environment", s->dir, "free", NULL);
	while (are_taken(s));
	if (s->flags & SUITE_REPLICAS)
		suite_configure_replicas(s);
	kit_unlock(lock);
}

static void
prepare(struct suite *s)
{
	const char *const careless[] = { "DURE_DEV_FSYNC=off", NULL };
	const char *database = kit_fresh_name("s");

	make_folder(s);
	s->bin = find_bin();
	s->postgres = s->flags & SUITE_OWN_POSTGRES ? s->dir : kit_db_start()->dir;
	kit_run(careless, "deploy/dev/databases", "start", s->dir,
	    s->flags & SUITE_OWN_POSTGRES ? "both" : "redis", NULL);
	make_template(s);
	kit_clone(s->postgres, database, "t_suite");
	s->database = kit_last(database);
	configure(s);
	mkdir(kit_print("%s/log", s->dir), 0755);
}

struct suite *
suite_start(int flags)
{
	return suite_start_with(flags, (const char *const[]){ NULL });
}

struct suite *
suite_start_with(int flags, const char *const settings[])
{
	struct suite *s = kit_last_zero(sizeof(*s));

	s->flags = flags;
	prepare(s);
	for (size_t i = 0; settings[i] != NULL; i += 2)
		suite_set(s, settings[i], settings[i + 1]);
	running = s;
	kit_at_failure(tell_logs);
	for (size_t i = 0; i < SUITE_PROCESSES; i++)
		if (runs(s, names[i]))
			start(s, names[i]);
	if (!(flags & SUITE_NOT_READY))
		suite_wait_ready(s, NULL);
	return s;
}

void
suite_close(struct suite **sp)
{
	struct suite *s = *sp;
	const char *bad = NULL;
	int status = 0;

	*sp = NULL;
	if (s->attached)
		return;
	if ((s->flags & SUITE_NOT_CHECKED) == 0)
		suite_check(s);
	for (size_t i = SUITE_PROCESSES; i-- > 0;)      /* all at once: each takes its time to drain */
		if (!has_ended(&s->processes[i]))
			kill(s->processes[i].pid, SIGTERM);
	for (size_t i = SUITE_PROCESSES; i-- > 0;)
		if (suite_stop(s, names[i]) != 0 && !s->processes[i].killed && s->processes[i].status >= 0) {
			bad = names[i];
			status = s->processes[i].status;
		}
	if (bad != NULL)
		kit_fail("%s ended with %d", bad, status);
	kit_at_failure(NULL);
	if (s->postgres != s->dir)
		kit_admin_sql(s->postgres, "postgres", NULL, kit_print("DROP DATABASE %s WITH (FORCE)", s->database));
	kit_run(NULL, "tests/kit/sweep", s->dir, NULL);
}
