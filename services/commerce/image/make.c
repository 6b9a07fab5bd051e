/* Runs dure-thumbnail: a process with nothing but three files in memory, ended when it takes too long. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/core/text.h"
#include "services/commerce/commerce.h"
#include "services/commerce/image/image.h"

enum { PATIENCE_MS = 10000, WORD_MOST = 64, THUMBNAIL_MOST = 1 << 20 };

/* What the program is given and what it leaves: files without a name, each known by its number in the program. */
struct desk { int fd[3]; };

static void
clear(const struct desk *d)
{
	for (int i = 0; i < 3; i++)
		if (d->fd[i] >= 0)
			(void)close(d->fd[i]);
}

static bool
put_all(int fd, struct text t)
{
	for (size_t done = 0; done < t.len;) {
		ssize_t n = write(fd, t.at + done, t.len - done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return lseek(fd, 0, SEEK_SET) == 0;
}

static bool
lay(struct desk *d, struct text picture)
{
	bool all = true;

	for (int i = 0; i < 3; i++) {
		d->fd[i] = memfd_create("thumbnail", MFD_CLOEXEC);
		all = all && d->fd[i] >= 0;
	}
	return all && put_all(d->fd[0], picture);
}

/* The first bytes of what it left, at most `most`. */
static struct text
left(struct req *rq, int fd, size_t most)
{
	struct stat st;
	char *to;
	ssize_t n;

	if (fstat(fd, &st) != 0 || st.st_size <= 0 || (size_t)st.st_size > most)
		return (struct text){ 0 };
	to = arena_zero(rq->mem, (size_t)st.st_size, 1);
	n = pread(fd, to, (size_t)st.st_size, 0);
	return n == st.st_size ? (struct text){ to, (size_t)n } : (struct text){ 0 };
}

/* An empty environment, no file but the three, no signal blocked or ignored. */
static bool
start(const char *program, const struct desk *d, pid_t *pid)
{
	char name[] = "dure-thumbnail", *argv[] = { name, NULL }, *environment[] = { NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&how);
	for (int i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&files, d->fd[i], i);
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setsigdefault(&how, &all);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawn(pid, program, &files, &how, argv, environment);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	return rc == 0;
}

/* Waits for its end, at most PATIENCE_MS; false: it had to be killed. */
static bool
ends_in_time(pid_t pid, int *status)
{
	struct pollfd p = { .fd = pidfd_open(pid, 0), .events = POLLIN };
	int ready = p.fd < 0 ? 0 : poll(&p, 1, PATIENCE_MS);

	if (ready <= 0)
		(void)kill(pid, SIGKILL);
	if (p.fd >= 0)
		(void)close(p.fd);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return ready > 0;
}

static const char *
word_of(struct text said)
{
	static const char *const words[] = { "too_large", "not_an_image", "too_many_pixels", "broken" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (text_is(text_trim(said), words[i]))
			return words[i];
	return NULL;
}

/* Killed by a limit or by what it met, without a word: the picture is to blame as well. */
static const struct err *
judge(struct req *rq, const struct desk *d, int status, struct image_made *out)
{
	if (WIFSIGNALED(status)) {
		out->refused = "broken";
		return NULL;
	}
	if (WEXITSTATUS(status) == 0) {
		out->thumbnail = left(rq, d->fd[1], THUMBNAIL_MOST);
		if (out->thumbnail.len > 0)
			return NULL;
	} else if ((out->refused = word_of(left(rq, d->fd[2], WORD_MOST))) != NULL) {
		return NULL;
	}
	return FAIL(rq, INTERNAL, "image.program", "dure-thumbnail ended with %d and nothing to show", WEXITSTATUS(status));
}

/* As told, else beside our own program. */
static const char *
program_path(struct req *rq)
{
	char own[PATH_MAX];
	ssize_t n;

	if (commerce_config_values.thumbnail_program != NULL)
		return commerce_config_values.thumbnail_program;
	n = readlink("/proc/self/exe", own, sizeof(own));
	while (n > 0 && own[n - 1] != '/')
		n--;
	return arena_printf(rq->mem, "%.*sdure-thumbnail", (int)n, own);
}

const struct err *
image_make(struct req *rq, struct text picture, struct image_made *out)
{
	const struct err *e = NULL;
	struct desk desk;
	int status = 0;
	pid_t pid;

	*out = (struct image_made){ 0 };
	if (!lay(&desk, picture) || !start(program_path(rq), &desk, &pid))
		e = FAIL(rq, INTERNAL, "image.program", "dure-thumbnail cannot be run");
	else if (!ends_in_time(pid, &status))
		out->refused = "too_slow";
	else
		e = judge(rq, &desk, status, out);
	clear(&desk);
	return e;
}
