/* What a service's binary does beside serving: migrate, parked, and the service's own commands. */
#include <stdio.h>
#include <string.h>

#include "common/core/id.h"
#include "common/core/text.h"
#include "common/inbox/inbox.h"
#include "common/log/log.h"
#include "common/svc/room.h"

/* COMMAND_MS: an operator waits; a migration may build an index. */
enum { COMMAND_MS = 60000, MIGRATE_MS = 1800000, MEM_BYTES = 67108864 };

typedef const struct err *command_run(struct req *rq, int argc, char **argv);

static const char usage[] =
    "usage: %s [command]\n\n"
    "  serve                              run the service (default)\n"
    "  migrate                            apply the migrations that are missing\n"
    "  check-config                       list every problem of the configuration\n"
    "  probe                              is the service here ready? exits 0 or 1 within three seconds\n"
    "  parked list                        events and jobs that failed too often\n"
    "  parked show ID                     all that is known of one of them\n"
    "  parked redrive ID [--yes]          says what would be tried again; with --yes does it\n"
    "  --version, --help\n";

void
svc_help(void)
{
	const struct svc *svc = process.svc;

	printf(usage, svc->name);
	for (size_t i = 0; i < svc->n_commands; i++)
		printf("  %s %-*s %s\n", svc->commands[i].name, (int)(34 - strlen(svc->commands[i].name)), svc->commands[i].usage,
		    svc->commands[i].what);
	printf("\nVariables of every service:\n");
	config_help(config_common_keys, config_common_n_keys, stdout);
	if (svc->n_config > 0)
		printf("\nVariables of %s:\n", svc->name);
	config_help(svc->config, svc->n_config, stdout);
}

static const struct err *
parked_list(struct req *rq)
{
	if (process.svc->n_listens > 0)
		TRY(inbox_parked_list(rq));
	return jobs_parked_list(rq);
}

/* Ids are unique over events and jobs, so the one that does not know it is not the one that was meant. */
static const struct err *
parked_one(struct req *rq, struct uuid id, bool show, bool dry)
{
	if (process.svc->n_listens > 0) {
		const struct err *e = show ? inbox_parked_show(rq, id) : inbox_parked_redrive(rq, id, dry);
		if (e == NULL || e->code != E_NOT_FOUND)
			return e;
	}
	return show ? jobs_parked_show(rq, id) : jobs_parked_redrive(rq, id, dry);
}

/* A redrive only says what it would do until it is meant. */
static const struct err *
parked_do(struct req *rq, int argc, char **argv)
{
	bool yes = argc == 4 && strcmp(argv[3], "--yes") == 0, show = argc == 3 && strcmp(argv[1], "show") == 0;
	struct uuid id;

	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return parked_list(rq);
	if (!show && (argc < 3 || strcmp(argv[1], "redrive") != 0 || (argc > 3 && !yes)))
		return FAIL(rq, INVALID, "command.usage", "usage: parked list | parked show ID | parked redrive ID [--yes]");
	if (!uuid_parse(text_of(argv[2]), &id))
		return FAIL(rq, INVALID, "command.usage", "%s is no id", argv[2]);
	TRY(parked_one(rq, id, show, !yes));
	if (!show && !yes)
		printf("nothing was done; add --yes to do it\n");
	return NULL;
}

static const struct err *
parked(struct req *rq, int argc, char **argv)
{
	rq->tx = TX_WRITE;
	const struct err *e = parked_do(rq, argc, argv);
	const struct err *ended = db_close(rq, e == NULL);
	return e != NULL ? e : ended;
}

/* A command of the service's own finds what its steps find; parked needs the tables alone. */
static const struct err *
with_service(struct req *rq, command_run *run, int argc, char **argv)
{
	const struct svc *svc = process.svc;

	process.app.commanded = true;
	if (svc->open != NULL)
		TRY(svc->open(rq, &process.app));
	const struct err *e = run(rq, argc, argv);
	if (svc->close != NULL)
		svc->close(&process.app);
	return e;
}

static const struct err *
with_pools(struct req *rq, command_run *run, int argc, char **argv)
{
	const struct err *e = svc_pools_open(rq);

	if (e == NULL)
		e = run == parked ? run(rq, argc, argv) : with_service(rq, run, argc, argv);
	svc_pools_close();
	return e;
}

static int
said(const struct err *e)
{
	if (e == NULL)
		return 0;
	fprintf(stderr, "%s: %s (%s)\n", process.svc->name, e->detail, e->slug);
	for (const struct err *c = e->cause; c != NULL; c = c->cause)
		fprintf(stderr, "  because %s\n", c->detail);
	return 1;
}

static int
run_command(command_run *run, int argc, char **argv)
{
	struct req rq;

	if (svc_configure(stderr) > 0)
		return 2;
	log_open(process.svc->name, LV_WARN);
	process.mem = arena_open(MEM_BYTES);
	req_begin(&rq, &process.app, process.mem, text_of(argv[0]), COMMAND_MS);
	rq.who = WHO_OPERATOR;
	int code = said(with_pools(&rq, run, argc, argv));
	req_end(&rq);
	arena_close(&process.mem);
	return code;
}

static int
migrate(void)
{
	const struct svc *svc = process.svc;
	const char *url = svc_migrate_url(stderr);
	struct req rq;

	if (url == NULL)
		return 2;
	process.mem = arena_open(MEM_BYTES);
	req_begin(&rq, &process.app, process.mem, TEXT("migrate"), MIGRATE_MS);
	int code = said(db_migrate(&rq, url, svc->name, svc->migrations, svc->n_migrations));
	req_end(&rq);
	arena_close(&process.mem);
	return code;
}

int
svc_command(int argc, char **argv)
{
	const struct svc *svc = process.svc;

	if (strcmp(argv[0], "migrate") == 0 && argc == 1 && svc->n_migrations > 0)
		return migrate();
	if (strcmp(argv[0], "parked") == 0 && svc->n_migrations > 0)
		return run_command(parked, argc, argv);
	for (size_t i = 0; i < svc->n_commands; i++)
		if (strcmp(argv[0], svc->commands[i].name) == 0)
			return run_command(svc->commands[i].run, argc, argv);
	fprintf(stderr, "%s: there is no command %s\n", svc->name, argv[0]);
	svc_help();
	return 2;
}
