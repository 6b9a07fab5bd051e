/* The throwaway servers and the databases that tests get of them. The only file of the kit that knows libpq. */
#include "tests/kit/room.h"
#include <dirent.h>
#include <postgresql/libpq-fe.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/core/arena.h"
#include "common/core/clock.h"
#include "common/core/fault.h"

static const char *const schemas[] = { "auth", "billing", "messaging", "commerce", "notification" };

static struct kit_db servers;
static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;

static const char *
trimmed(const char *text)
{
	size_t n = text != NULL ? strcspn(text, "\n") : 0;

	return text != NULL ? kit_keep(text, n) : NULL;
}

/* Each test's own: tests run side by side. */
static void
name_own_files(const char *dir)
{
	servers.clock_file = kit_last(kit_print("%s/clock-%d", dir, (int)getpid()));
	servers.faults_file = kit_last(kit_print("%s/faults-%d", dir, (int)getpid()));
	clock_offset_file(servers.clock_file);
	fault_arm(NULL, servers.faults_file);
}

const struct kit_db *
kit_db_start(void)
{
	const char *dir = kit_dir(), *place;
	int lock;

	pthread_mutex_lock(&start_lock);
	if (servers.dir != NULL) {
		pthread_mutex_unlock(&start_lock);
		return &servers;
	}
	name_own_files(dir);
	lock = kit_lock("servers");
	if (access(kit_print("%s/started", dir), F_OK) != 0) {
		kit_run((const char *const[]){ "DURE_DEV_FSYNC=off", NULL }, "deploy/dev/databases", "start", dir, NULL);
		kit_write_file(kit_print("%s/started", dir), "");
	}
	kit_unlock(lock);
	place = trimmed(kit_read_file(kit_print("%s/place", dir)));
	servers.postgres_socket_dir = kit_last(kit_print("%s/pg", place));
	servers.redis_socket = kit_last(kit_print("%s/redis/sock", place));
	servers.dir = dir;
	pthread_mutex_unlock(&start_lock);
	return &servers;
}

/* ---- SQL */

static PGconn *
connect_admin(const char *dir, const char *database, const char *search_path)
{
	const char *host = kit_print("%s/pg", trimmed(kit_read_file(kit_print("%s/place", dir))));
	const char *password = trimmed(kit_read_file(kit_print("%s/secrets/postgres_password", dir)));
	const char *options = search_path != NULL ? kit_print("-c search_path=%s", search_path) : "";
	const char *words[] = { "host", "user", "password", "dbname", "options", "client_encoding", NULL };
	const char *values[] = { host, "postgres", password, database, options, "UTF8", NULL };
	PGconn *pg = PQconnectdbParams(words, values, 0);

	if (PQstatus(pg) != CONNECTION_OK)
		kit_fail("no connection to the database %s: %s", database, PQerrorMessage(pg));
	return pg;
}

static const char *
rows_as_text(const PGresult *r)
{
	char *all = NULL;
	size_t length = 0;
	const char *kept;
	FILE *to = open_memstream(&all, &length);

	SURE(to != NULL);
	for (int row = 0; row < PQntuples(r); row++) {
		for (int col = 0; col < PQnfields(r); col++)
			fprintf(to, "%s%s", col > 0 ? "|" : row > 0 ? "\n" : "", PQgetvalue(r, row, col));
	}
	fclose(to);
	kept = kit_keep(all, length);
	free(all);
	return kept;
}

const char *
kit_admin_sql(const char *dir, const char *database, const char *search_path, const char *sql)
{
	PGconn *pg = connect_admin(dir, database, search_path);
	PGresult *r = PQexec(pg, sql);
	const char *result;

	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
		kit_fail("%s\nin: %s", PQresultErrorMessage(r), sql);
	result = rows_as_text(r);
	PQclear(r);
	PQfinish(pg);
	return result;
}

const char *
kit_db_sql(const struct kit_database *db, const char *sql, ...)
{
	char *text = NULL;
	const char *result;
	va_list args;

	va_start(args, sql);
	SURE(vasprintf(&text, sql, args) >= 0);
	va_end(args);
	result = kit_admin_sql(kit_db_start()->dir, db->name, db->schema, text);
	free(text);
	return result;
}

/* ---- databases */

const char *
kit_fresh_name(const char *prefix)
{
	static int last;
	int number = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);

	return kit_print("%s_%d_%d_%lld", prefix, (int)getpid(), number, (long long)(clock_mono_us() % 1000000000));
}

bool
kit_database_exists(const char *dir, const char *name)
{
	return *kit_admin_sql(dir, "postgres", NULL,
	    kit_print("SELECT 1 FROM pg_database WHERE datname = '%s'", name)) != '\0';
}

void
kit_clone(const char *dir, const char *name, const char *template_name)
{
	const char *grants = kit_print("REVOKE ALL ON DATABASE %s FROM PUBLIC; GRANT CONNECT ON DATABASE %s TO dure_check",
	    name, name);

	for (size_t i = 0; i < COUNT_OF(schemas); i++)
		grants = kit_print("%s, dure_%s, dure_%s_owner", grants, schemas[i], schemas[i]);
	kit_admin_sql(dir, "postgres", NULL, kit_print("CREATE DATABASE %s TEMPLATE %s", name, template_name));
	kit_admin_sql(dir, "postgres", NULL, grants);
}

/* FNV-1a, so that another set of migrations gets another template. */
static uint64_t
hash_of(const struct db_migration *files, size_t n)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		for (int part = 0; part < 2; part++)
			for (const char *p = part == 0 ? files[i].name : files[i].sql; *p != '\0'; p++)
				hash = (hash ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
	return hash;
}

static const char *
url_of(const char *database, const char *role, const char *password_file)
{
	const struct kit_db *db = kit_db_start();

	return kit_print("postgresql://%s:%s@/%s?host=%s", role,
	    trimmed(kit_read_file(kit_print("%s/secrets/%s", db->dir, password_file))), database,
	    db->postgres_socket_dir);
}

static const struct kit_database *
describe(const char *name, const char *schema)
{
	const char *password = kit_print("%s_password", schema), *owner = kit_print("%s_owner_password", schema);
	struct kit_database *db = kit_last_zero(sizeof(*db));

	db->name = kit_last(name);
	db->schema = kit_last(schema);
	db->url = kit_last(url_of(name, kit_print("dure_%s", schema), password));
	db->owner_url = kit_last(url_of(name, kit_print("dure_%s_owner", schema), owner));
	db->admin_url = kit_last(url_of(name, "postgres", "postgres_password"));
	return db;
}

static void
migrate(const struct kit_database *db, const struct db_migration *files, size_t n)
{
	struct arena *mem = arena_open((size_t)64 << 20);
	struct req rq;
	const struct err *e;

	req_begin(&rq, NULL, mem, TEXT("kit migrate"), 60000);
	e = db_migrate(&rq, db->owner_url, db->schema, files, n);
	if (e != NULL)
		kit_fail("the migrations of %s failed: %s: %s", db->schema, e->slug, e->detail);
	req_end(&rq);
	arena_close(&mem);
}

/* Roles and empty schemas, once per cluster; all templates are cloned from it. */
static void
make_base(const char *dir)
{
	if (kit_database_exists(dir, "t_base"))
		return;
	kit_run((const char *const[]){ "DURE_DEV_FSYNC=off", NULL }, "deploy/dev/databases", "roles", dir, "t_making",
	    NULL);
	kit_admin_sql(dir, "postgres", NULL, "ALTER DATABASE t_making RENAME TO t_base");
}

static const char *
template_for(const char *schema, const struct db_migration *files, size_t n)
{
	const char *dir = kit_db_start()->dir;
	const char *name = kit_print("t_%s_%016llx", schema, (unsigned long long)hash_of(files, n)), *making;
	int lock = kit_lock("templates");

	make_base(dir);
	if (!kit_database_exists(dir, name)) {
		making = kit_fresh_name("t_making");
		kit_clone(dir, making, "t_base");
		migrate(describe(making, schema), files, n);
		kit_admin_sql(dir, "postgres", NULL, kit_print("ALTER DATABASE %s RENAME TO %s", making, name));
	}
	kit_unlock(lock);
	return name;
}

const struct kit_database *
kit_db_fresh(const char *schema, const struct db_migration *files, size_t n)
{
	const char *name = kit_fresh_name("k");

	kit_clone(kit_db_start()->dir, name, template_for(schema, files, n));
	return describe(name, schema);
}

void
kit_db_drop(const struct kit_database *db)
{
	kit_admin_sql(kit_db_start()->dir, "postgres", NULL, kit_print("DROP DATABASE %s WITH (FORCE)", db->name));
}

/* ---- the common migrations, read from the tree: rooms have no generated list of their own */

enum { MAX_COMMON = 32 };

static int
is_sql(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".sql") == 0;
}

size_t
kit_common_migrations(struct db_migration *files, size_t room)
{
	const char *folder = kit_print("%s/common/db/migrations", kit_root());
	struct dirent **entries;
	int found = scandir(folder, &entries, is_sql, alphasort);

	if (found <= 0 || (size_t)found > room)
		kit_fail("%d migrations in %s", found, folder);
	for (int i = 0; i < found; i++) {
		files[i].name = kit_last(entries[i]->d_name);
		files[i].sql = kit_last(kit_read_file(kit_print("%s/%s", folder, entries[i]->d_name)));
		free(entries[i]);
	}
	free(entries);
	return (size_t)found;
}

const struct kit_database *
kit_db_common(const char *schema)
{
	struct db_migration files[MAX_COMMON];
	size_t n = kit_common_migrations(files, MAX_COMMON);

	return kit_db_fresh(schema, files, n);
}
