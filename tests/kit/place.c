/* Where the tests' things are: memory of results, the shared folder, locks, programs of the tree. */
#include "tests/kit/room.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/core/arena.h"

/* Results of one test: replies and rows of thousands of calls, not of millions. */
#define MEMORY_CAP  ((size_t)2 << 30)

/* Results, which kit_forget() takes away, and what lasts as long as the process. */
static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER;
static struct arena *memory, *lasting;

struct arena *
kit_memory_lock(void)
{
	pthread_mutex_lock(&memory_lock);
	if (memory == NULL)
		memory = arena_open(MEMORY_CAP);
	return memory;
}

void
kit_memory_unlock(void)
{
	pthread_mutex_unlock(&memory_lock);
}

const char *
kit_keep(const char *bytes, size_t length)
{
	struct text copy = arena_copy(kit_memory_lock(), (struct text){ bytes, length });

	kit_memory_unlock();
	return copy.at;
}

const char *
kit_print(const char *fmt, ...)
{
	char *line = NULL;
	const char *kept;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&line, fmt, args);
	va_end(args);
	SURE(n >= 0);
	kept = kit_keep(line, (size_t)n);
	free(line);
	return kept;
}

void *
kit_last_zero(size_t size)
{
	void *room;

	pthread_mutex_lock(&memory_lock);
	if (lasting == NULL)
		lasting = arena_open(MEMORY_CAP);
	room = arena_zero(lasting, size, _Alignof(max_align_t));
	pthread_mutex_unlock(&memory_lock);
	return room;
}

const char *
kit_last(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(kit_last_zero(size), text, size);
}

void
kit_forget(void)
{
	arena_reset(kit_memory_lock());
	kit_memory_unlock();
}

/* Up from the test binary until the scripts are in sight: it stands in build/<flavour>/tests. */
static void
find_root(char root[PATH_MAX])
{
	char probe[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", root, PATH_MAX - 1);

	SURE(n > 0);
	root[n] = '\0';
	while (strrchr(root, '/') != NULL) {
		*strrchr(root, '/') = '\0';
		snprintf(probe, sizeof(probe), "%s/deploy/dev/databases", root);
		if (access(probe, X_OK) == 0)
			return;
	}
	if (getcwd(root, PATH_MAX) == NULL)
		kit_fail("the test binary is not inside the source tree, and there is no current folder");
}

const char *
kit_root(void)
{
	static char root[PATH_MAX];
	const char *told = getenv("KIT_ROOT");

	if (told != NULL)
		return told;
	pthread_mutex_lock(&memory_lock);
	if (root[0] == '\0')
		find_root(root);
	pthread_mutex_unlock(&memory_lock);
	return root;
}

/* Waits for the end of Criterion's process and sweeps the folder. Two forks: the guard must be nobody's child,
 * or Criterion would wait for it. */
static void
start_guard(const char *sweep, const char *dir, pid_t runner)
{
	pid_t child = fork();

	if (child == 0) {
		char number[24];
		int null = open("/dev/null", O_RDWR);

		if (setsid() < 0 || null < 0 || fork() != 0)
			_exit(0);
		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		for (int fd = 3; fd < 256; fd++)
			close(fd);
		snprintf(number, sizeof(number), "%d", (int)runner);
		execl(sweep, sweep, dir, number, (char *)NULL);
		_exit(127);
	}
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

const char *
kit_dir(void)
{
	static char dir[PATH_MAX];
	const char *told = getenv("KIT_DIR");
	char sweep[PATH_MAX + 32];

	snprintf(sweep, sizeof(sweep), "%s/tests/kit/sweep", kit_root());
	pthread_mutex_lock(&memory_lock);
	if (dir[0] == '\0' && told != NULL) {
		snprintf(dir, sizeof(dir), "%s", told);
		mkdir(dir, 0755);
	} else if (dir[0] == '\0') {
		snprintf(dir, sizeof(dir), "/tmp/dure-test-%d", (int)getppid());
		if (mkdir(dir, 0755) == 0)
			start_guard(sweep, dir, getppid());
	}
	pthread_mutex_unlock(&memory_lock);
	return dir;
}

int
kit_lock(const char *name)
{
	const char *path = kit_print("%s/%s.lock", kit_dir(), name);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		kit_fail("cannot open %s: %s", path, strerror(errno));
	while (flock(fd, LOCK_EX) != 0)
		SURE(errno == EINTR);
	return fd;
}

void
kit_unlock(int lock)
{
	close(lock);
}

void
kit_write_file(const char *path, const char *content)
{
	const char *beside = kit_print("%s.new", path);
	FILE *f = fopen(beside, "w");

	if (f == NULL || fputs(content, f) < 0 || fclose(f) != 0 || rename(beside, path) != 0)
		kit_fail("cannot write %s: %s", path, strerror(errno));
}

const char *
kit_read_file(const char *path)
{
	char chunk[4096], *all = NULL;
	size_t length = 0, n;
	const char *kept;
	FILE *f = fopen(path, "r"), *to;

	if (f == NULL)
		return NULL;
	to = open_memstream(&all, &length);
	SURE(to != NULL);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		fwrite(chunk, 1, n, to);
	fclose(to);
	fclose(f);
	kept = kit_keep(all, length);
	free(all);
	return kept;
}
