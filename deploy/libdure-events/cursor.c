/* A cursor in a file: a line that says whose it is, a line of numbers. Written beside, synced, renamed, and the folder
 * synced, so that after any crash there is a whole one, the old or the new. */
#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_LINE "dure-events cursor 1 %s\n"

enum { PATH_BYTES = 4096, FILE_BYTES = 1024 };

static bool
read_numbers(const char *from, int64_t cursor[PARTITIONS])
{
	char *end;

	for (int p = 0; p < PARTITIONS; p++, from = end) {
		errno = 0;
		cursor[p] = strtoll(from, &end, 10);
		if (end == from || errno != 0 || cursor[p] < 0)
			return false;
	}
	return strcmp(from, "\n") == 0;
}

int
cursor_load(const char *path, const char *publisher, int64_t cursor[PARTITIONS])
{
	char bytes[FILE_BYTES], first[64 + sizeof(FIRST_LINE)];
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return errno == ENOENT ? 0 : -1;
	bytes[fread(bytes, 1, sizeof(bytes) - 1, file)] = '\0';
	(void)fclose(file);
	size_t n = (size_t)snprintf(first, sizeof(first), FIRST_LINE, publisher);
	if (strncmp(bytes, first, n) == 0 && read_numbers(bytes + n, cursor))
		return 1;
	errno = EINVAL;
	return -1;
}

static int
sync_folder(const char *path)
{
	char folder[PATH_BYTES];
	const char *slash = strrchr(path, '/');
	int n = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);

	(void)snprintf(folder, sizeof(folder), "%.*s", n, slash == NULL ? "." : path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int rc = fsync(fd);
	(void)close(fd);
	return rc;
}

static bool
write_all(FILE *file, const char *publisher, const int64_t cursor[PARTITIONS])
{
	bool fine = fprintf(file, FIRST_LINE, publisher) > 0;

	for (int p = 0; p < PARTITIONS; p++)
		fine = fine && fprintf(file, p > 0 ? " %" PRId64 : "%" PRId64, cursor[p]) > 0;
	fine = fine && fputc('\n', file) != EOF && fflush(file) == 0 && fsync(fileno(file)) == 0;
	return fclose(file) == 0 && fine;
}

int
cursor_save(const char *path, const char *publisher, const int64_t cursor[PARTITIONS])
{
	char fresh[PATH_BYTES];

	if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	FILE *file = fopen(fresh, "we");
	if (file == NULL || !write_all(file, publisher, cursor) || rename(fresh, path) != 0)
		return -1;
	return sync_folder(path);
}
