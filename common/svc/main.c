/* main() of every service: hardens the process, then does what the first argument says. */
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "common/metrics/metrics.h"
#include "common/svc/room.h"

#ifndef DURE_VERSION
#define DURE_VERSION "0.0.0"
#endif
#ifndef DURE_COMMIT
#define DURE_COMMIT "unknown"
#endif

struct process process;
const char svc_version[] = DURE_VERSION;

/* Two malloc arenas and early trimming keep a process with a thread per connection small: each thread would
 * else fault in an arena of its own. */
enum { MALLOC_ARENAS = 2, TRIM_BYTES = 131072, MMAP_BYTES = 131072 };

/* No core file and no ptrace by others: both would show keys. Panics still print what they must. */
static void
harden(void)
{
	(void)mallopt(M_ARENA_MAX, MALLOC_ARENAS);
	(void)mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_BYTES);
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
#ifndef DURE_TEST     /* the leak checker of test builds attaches to its own process */
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
	(void)signal(SIGPIPE, SIG_IGN);
	/* Our own days are those of Seoul whatever the zone. Without TZ every localtime() of a library looks at
	 * /etc/localtime again; read here once, before there are threads. */
	(void)setenv("TZ", "UTC", 1);
	tzset();
}

static int
check_config(void)
{
	int n = svc_configure(stderr);

	if (n > 0) {
		fprintf(stderr, "%s: %d problem%s in the configuration\n", process.svc->name, n, n == 1 ? "" : "s");
		return 2;
	}
	printf("%s: the configuration is good\n", process.svc->name);
	return 0;
}

static int
version(void)
{
	printf("dure-%s %s (%s)\n", process.svc->name, DURE_VERSION, DURE_COMMIT);
	return 0;
}

/* For the README: the table of all variables. */
static int
config_table(void)
{
	config_markdown(config_common_keys, config_common_n_keys, stdout);
	config_markdown(process.svc->config, process.svc->n_config, stdout);
	return 0;
}

static int
help(void)
{
	svc_help();
	return 0;
}

static const struct { const char *word; int (*run)(void); } words[] = {
	{ "serve", svc_serve }, { "check-config", check_config }, { "probe", svc_probe },
	{ "--version", version }, { "--help", help }, { "help", help }, { "--config-table", config_table },
};

int
svc_main(int argc, char **argv, const struct svc *svc)
{
	const char *word = argc > 1 ? argv[1] : "serve";

	process.svc = svc;
	harden();
	metrics_build(DURE_VERSION, DURE_COMMIT);
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(word, words[i].word) == 0 && argc <= 2)
			return words[i].run();
	return svc_command(argc - 1, argv + 1);
}
