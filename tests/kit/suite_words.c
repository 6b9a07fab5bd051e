/* What tests ask of a running suite and tell it: addresses, faults, clock, SQL, logs, commands. */
#include "tests/kit/suite.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "common/core/clock.h"

enum { MAX_WORDS = 24 };

int
suite_port(struct suite *s, const char *service, const char *door)
{
	const char *ports = kit_read_file(kit_print("%s/env/ports", s->dir));
	const char *key = kit_print("%s %s ", service, door);

	for (const char *line = ports; line != NULL && *line != '\0';) {
		if (strncmp(line, key, strlen(key)) == 0)
			return atoi(line + strlen(key));
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	kit_fail("%s has no door \"%s\"", service, door);
}

const char *
suite_url(struct suite *s, const char *service)
{
	return kit_print("http://127.0.0.1:%d", suite_port(s, service, "http"));
}

const char *
suite_dir(struct suite *s)
{
	return s->dir;
}

void
suite_fault(struct suite *s, const char *service, const char *faults)
{
	mkdir(kit_print("%s/faults", s->dir), 0755);
	kit_write_file(kit_print("%s/faults/%s", s->dir, service), faults);
}

/* Then waits out the 10 ms within which everybody looks. */
void
suite_clock(struct suite *s, int64_t seconds)
{
	int64_t seen_by_all = kit_deadline(20);

	if (s->attached)
		kit_fail("the clock of a suite that runs elsewhere cannot be moved");
	s->clock_s += seconds;
	kit_write_file(kit_print("%s/clock", s->dir), kit_print("%lld\n", (long long)s->clock_s * 1000000));
	while (kit_goes_on(seen_by_all))
		;
}

const char *
suite_sql(struct suite *s, const char *service, const char *sql, ...)
{
	char *text = NULL;
	const char *result;
	va_list args;

	va_start(args, sql);
	SURE(vasprintf(&text, sql, args) >= 0);
	va_end(args);
	result = s->attached ? suite_ask_program(s, "sql", service, text) : kit_admin_sql(s->postgres, s->database, service, text);
	free(text);
	return result;
}

bool
suite_log_contains(struct suite *s, const char *service, const char *text)
{
	const char *log = kit_read_file(kit_print("%s/log/%s.log", s->dir, service));

	return log != NULL && strstr(log, text) != NULL;
}

const char *
suite_run_with(struct suite *s, int *status, const char *input, const char *service, ...)
{
	const char *args[MAX_WORDS + 5] = { kit_print("%s/run", s->dir), service };
	const char *const own[] = { kit_print("%s/deploy/dev/service", kit_root()), "run", s->dir, service };
	const char *const variables[] = { kit_print("DURE_BIN=%s", s->bin), NULL }, *output;
	size_t first = s->attached ? 2 : COUNT_OF(own);
	int how;
	va_list words;

	if (!s->attached)
		memcpy(args, own, sizeof(own));
	va_start(words, service);
	for (size_t n = first; n < MAX_WORDS + first && (args[n] = va_arg(words, const char *)) != NULL; n++)
		;
	va_end(words);
	output = kit_run_args(s->attached ? NULL : variables, args, input, &how);
	if (status != NULL)
		*status = how;
	else if (how != 0)
		kit_fail("dure-%s %s ended with %d: %s", service, args[first], how, output);
	return output;
}

const char *
suite_now(struct suite *s)
{
	char text[TIME_CHARS + 1];

	time_print(clock_real_us() + s->clock_s * 1000000, text);
	return kit_print("%s", text);
}

static void
check(struct suite *s, const char *option, const char *value)
{
	int status;
	const char *said = suite_run(s, &status, "check", "--now", suite_now(s), option, value);

	if (status != 0)
		kit_fail("dure-check ended with %d:\n%s", status, said);
}

void
suite_check(struct suite *s)
{
	check(s, NULL, NULL);
}

void
suite_check_acked(struct suite *s, const char *ids)
{
	const char *path = kit_print("%s/acked", s->dir);

	kit_write_file(path, ids);
	check(s, "--acked", path);
}

/* Before the old line of that name: the first one counts. */
void
suite_set(struct suite *s, const char *service, const char *name_value)
{
	const char *path = kit_print("%s/env/%s.env", s->dir, service), *old = kit_read_file(path);

	kit_write_file(path, kit_print("%s\n%s", name_value, old != NULL ? old : ""));
}

void
suite_databases(struct suite *s, const char *command, const char *which)
{
	if (strcmp(which, "redis") != 0 && s->postgres != s->dir)
		kit_fail("PostgreSQL is shared with other tests: start with SUITE_OWN_POSTGRES");
	kit_run((const char *const[]){ "DURE_DEV_FSYNC=off", NULL }, "deploy/dev/databases", command, s->dir,
	    which, NULL);
}
