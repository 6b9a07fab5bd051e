/* What the kit's files share among themselves. */
#ifndef KIT_ROOM_H
#define KIT_ROOM_H
#include "tests/kit/kit.h"

struct arena;

/* The memory of all results. arena: between lock and unlock only. */
struct arena *kit_memory_lock(void);
void        kit_memory_unlock(void);
const char *kit_keep(const char *bytes, size_t length);

/* Memory and texts that outlive kit_forget(). */
void       *kit_last_zero(size_t size);
const char *kit_last(const char *text);

/* The root of the source tree, and where test data go. */
const char *kit_root(void);
const char *kit_dir(void);

/* Runs a program of the tree (path from its root) to its end; aborts with its output when it fails. The
 * variables are "NAME=value", NULL-terminated, beside the test's own. Returns the output. */
const char *kit_run(const char *const variables[], const char *program, ...);
/* The same, but the exit status is told. args is NULL-terminated and begins with the program's path; input is what
 * the program reads on its standard input, NULL for nothing. */
const char *kit_run_args(const char *const variables[], const char *const args[], const char *input, int *status);

/* Holds a lock of the test folder that all its processes share. */
int         kit_lock(const char *name);
void        kit_unlock(int lock);

/* Replaces a small file at once, so that no reader sees half of it. */
void        kit_write_file(const char *path, const char *content);
/* The whole file; NULL when it is not there. */
const char *kit_read_file(const char *path);

/* One statement as superuser in a database; see kit_db_sql(). search_path may be NULL. */
const char *kit_admin_sql(const char *dir, const char *database, const char *search_path, const char *sql);
/* A database cloned from a template, with the grants that a clone does not inherit. */
void        kit_clone(const char *dir, const char *name, const char *template_name);
bool        kit_database_exists(const char *dir, const char *name);
/* A name that no other process or call makes. */
const char *kit_fresh_name(const char *prefix);

/* Connects to a loopback port, −1 when refused. */
int         kit_dial(int port);

/* Called once when the test fails, before it aborts: tells what else is known. */
void        kit_at_failure(void (*tell)(void));

/* Where the suite's databases are. */
const char *suite_postgres_dir(struct suite *s);
/* The url of this process's own database in Redis, empty. */
const char *kit_redis_fresh(void);
#endif
