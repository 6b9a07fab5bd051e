/* Speaks to Redis in its own protocol: one command, one connection. */
#include "tests/kit/suite.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* So many deploy/dev/databases gives; tests that run side by side have process ids closer than that. */
enum { REDIS_NUMBERS = 1024 };

static FILE *
dial(const char *socket_path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *f;

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", socket_path);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		kit_fail("no connection to Redis at %s: %s", to.sun_path, strerror(errno));
	f = fdopen(fd, "r+");
	SURE(f != NULL);
	return f;
}

static void read_reply(FILE *redis, FILE *out, int depth);

static void
read_bulk(FILE *redis, FILE *out, long length)
{
	for (long i = 0; i < length + 2; i++) {
		int c = fgetc(redis);

		if (i < length && c != EOF)
			fputc(c, out);
	}
}

/* "+OK", ":3", "-ERR …", "$5" and that many bytes, "*2" and that many replies. */
static void
read_reply(FILE *redis, FILE *out, int depth)
{
	char line[1024];

	if (depth > 4 || fgets(line, sizeof(line), redis) == NULL)
		kit_fail("Redis gave no answer");
	line[strcspn(line, "\r\n")] = '\0';
	if (line[0] == '$') {
		if (atol(line + 1) >= 0)
			read_bulk(redis, out, atol(line + 1));
	} else if (line[0] == '*') {
		for (long i = 0, n = atol(line + 1); i < n; i++) {
			if (i > 0)
				fputc('\n', out);
			read_reply(redis, out, depth + 1);
		}
	} else {
		fputs(line[0] == '-' ? line : line + 1, out);
	}
}

static const char *
ask(FILE *redis, const char *command, va_list args)
{
	char *all = NULL;
	size_t length = 0;
	const char *kept;
	FILE *out;

	vfprintf(redis, command, args);
	fputs("\r\n", redis);
	fflush(redis);
	out = open_memstream(&all, &length);
	SURE(out != NULL);
	read_reply(redis, out, 0);
	fclose(out);
	kept = kit_keep(all, length);
	free(all);
	return kept;
}

static const char *
tell(FILE *redis, const char *command, ...)
{
	const char *reply;
	va_list args;

	va_start(args, command);
	reply = ask(redis, command, args);
	va_end(args);
	return reply;
}

/* As a program reads it: the command on its standard input. */
static const char *
ask_attached(struct suite *s, const char *command, va_list args)
{
	char *text = NULL;
	const char *reply;

	SURE(vasprintf(&text, command, args) >= 0);
	reply = suite_ask_program(s, "redis", NULL, text);
	free(text);
	return reply;
}

static const char *
ask_own(struct suite *s, const char *command, va_list args)
{
	const char *place = kit_read_file(kit_print("%s/place", s->dir)), *reply;
	FILE *redis = dial(kit_print("%.*s/redis/sock", (int)strcspn(place, "\n"), place));

	reply = ask(redis, command, args);
	fclose(redis);
	return reply;
}

const char *
kit_redis(struct suite *s, const char *command, ...)
{
	const char *reply;
	va_list args;

	va_start(args, command);
	reply = s->attached ? ask_attached(s, command, args) : ask_own(s, command, args);
	va_end(args);
	return reply;
}

static int
own_number(void)
{
	return (int)(getpid() % REDIS_NUMBERS);
}

const char *
kit_redis_fresh(void)
{
	(void)kit_redis_own("FLUSHDB");
	return kit_print("unix://%s?db=%d", kit_db_start()->redis_socket, own_number());
}

const char *
kit_redis_own(const char *command, ...)
{
	FILE *redis = dial(kit_db_start()->redis_socket);
	const char *reply;
	va_list args;

	kit_sure(strcmp(tell(redis, "SELECT %d", own_number()), "OK") == 0);
	va_start(args, command);
	reply = ask(redis, command, args);
	va_end(args);
	fclose(redis);
	return reply;
}
