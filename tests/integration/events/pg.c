/* Starts PostgreSQL before the first test and throws it away after the last. */
#include "tests/integration/events/pg.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/core/base.h"

static char home[64];

static void shell(const char *fmt, ...) PRINTF_LIKE(1, 2);

static void
shell(const char *fmt, ...)
{
	char command[1024];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	SURE(system(command) == 0);
}

/* PostgreSQL refuses to run as root. */
static const char *
as_whom(void)
{
	return geteuid() == 0 ? "runuser -u postgres --" : "";
}

#define PG_BIN "$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)"

ReportHook(PRE_ALL)(struct criterion_test_set *all)
{
	(void)all;
	(void)snprintf(home, sizeof(home), "/tmp/dure-events-pg.XXXXXX");
	SURE(mkdtemp(home) != NULL && setenv("EVENTS_PG", home, 1) == 0);
	if (geteuid() == 0)
		shell("chown postgres %s", home);
	shell("cd /tmp && %s " PG_BIN
	      "/initdb -D %s/data -U postgres -A trust -E UTF8 --no-locale --no-sync "
	      ">%s.log 2>&1",
	    as_whom(), home, home);
	shell("cd /tmp && %s " PG_BIN
	      "/pg_ctl -w -D %s/data -l %s/log -o '-k %s -c listen_addresses= "
	      "-c max_connections=100' start >>%s.log 2>&1",
	    as_whom(), home, home, home, home);
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
	(void)stats;
	shell("cd /tmp && %s " PG_BIN
	      "/pg_ctl -w -m immediate -D %s/data stop >>%s.log 2>&1; rm -rf %s %s.log",
	    as_whom(), home, home, home, home);
}

const char *
pg_url(const char *database)
{
	static char url[256];
	const char *dir = getenv("EVENTS_PG");

	SURE(dir != NULL);
	(void)snprintf(url, sizeof(url), "postgresql:///%s?host=%s&user=postgres", database, dir);
	return url;
}
