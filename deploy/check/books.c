/* The databases of the services: a read-only snapshot of each, and the statements that were built in. */
#include <postgresql/libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/embedded.h"
#include "deploy/check/check.h"

extern const struct embedded check_statements[];

static struct book { const char *service; PGconn *pg; } books[] = {
	{ "auth", NULL }, { "billing", NULL }, { "messaging", NULL }, { "commerce", NULL }, { "notification", NULL },
};

static const char *
first_line(struct arena *mem, const char *path)
{
	char line[4096] = "";
	FILE *f = fopen(path, "r");

	if (f == NULL || fgets(line, sizeof(line), f) == NULL)
		give_up("cannot read %s", path);
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return arena_printf(mem, "%s", line);
}

static const char *
url_of(struct arena *mem, const char *service)
{
	char name[64];
	const char *url, *file;

	snprintf(name, sizeof(name), "DURE_CHECK_%s_DATABASE_URL", service);
	for (char *c = name; *c != '\0'; c++)
		*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	url = getenv(name);
	if (url != NULL)
		return url;
	file = getenv(arena_printf(mem, "%s_FILE", name));
	if (file == NULL)
		give_up("neither %s nor %s_FILE is set", name, name);
	return first_line(mem, file);
}

static void
must(struct book *b, PGresult *r)
{
	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		give_up("%s: %s", b->service, PQresultErrorMessage(r));
	PQclear(r);
}

static void
run(struct book *b, const char *sql)
{
	must(b, PQexec(b->pg, sql));
}

/* Statements read business time and patience as settings, so that those without either need no parameter. */
static void
open_book(struct book *b, const struct options *o, struct arena *mem)
{
	const char *values[] = { b->service, o->now, arena_printf(mem, "%ld seconds", o->older_than_s) };

	run(b, "SET statement_timeout TO '120s'; SET timezone TO 'UTC'; SET default_transaction_read_only TO on");
	must(b, PQexecParams(b->pg, "SELECT set_config('search_path', $1, false), set_config('check.now', "
	    "coalesce($2, clock_timestamp()::text), false), set_config('check.older_than', $3, false)", COUNT_OF(values), NULL,
	    values, NULL, NULL, 0));
}

void
books_open(const struct options *o, struct arena *mem)
{
	for (size_t i = 0; i < COUNT_OF(books); i++) {
		books[i].pg = PQconnectdb(url_of(mem, books[i].service));
		if (PQstatus(books[i].pg) != CONNECTION_OK)
			give_up("%s: %s", books[i].service, PQerrorMessage(books[i].pg));
		open_book(&books[i], o, mem);
	}
}

void
books_begin(void)
{
	for (size_t i = 0; i < COUNT_OF(books); i++)
		run(&books[i], "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

void
books_end(void)
{
	for (size_t i = 0; i < COUNT_OF(books); i++)
		run(&books[i], "COMMIT");
}

void
books_close(void)
{
	for (size_t i = 0; i < COUNT_OF(books); i++)
		PQfinish(books[i].pg);
}

static const char *
statement(struct arena *mem, const char *file)
{
	for (const struct embedded *e = check_statements; e->name != NULL; e++)
		if (strcmp(e->name, file) == 0)
			return arena_copy(mem, (struct text){ e->at, (size_t)(e->end - e->at) }).at;
	give_up("there is no %s", file);
}

static const char *
field(struct arena *mem, const PGresult *r, int row, int col)
{
	return col < PQnfields(r) && !PQgetisnull(r, row, col) ? arena_printf(mem, "%s", PQgetvalue(r, row, col)) : NULL;
}

static void
read_book(struct arena *mem, struct book *b, const char *file, const char *named, struct rows *to)
{
	PGresult *r = PQexec(b->pg, statement(mem, file));

	if (PQresultStatus(r) != PGRES_TUPLES_OK || PQnfields(r) < 2)
		give_up("%s in %s: %s", file, b->service, PQresultErrorMessage(r));
	for (int i = 0; i < PQntuples(r); i++) {
		const char *key = field(mem, r, i, 0);

		rows_add(mem, to, (struct row){ key != NULL ? key : "", field(mem, r, i, 1),
		    PQnfields(r) > 2 ? field(mem, r, i, 2) : named });
	}
	PQclear(r);
}

void
books_read(struct arena *mem, int sources, const char *file, struct rows *to)
{
	bool several = (sources & (sources - 1)) != 0;

	for (size_t i = 0; i < COUNT_OF(books); i++)
		if ((sources & 1 << i) != 0)
			read_book(mem, &books[i], file, several ? books[i].service : NULL, to);
}
