/* The yard of the tests of common/jobs. */
#include "tests/integration/jobs/fixture.h"

#include <stdio.h>
#include <stdlib.h>

enum { ARENA_BYTES = 16 << 20, TIMEOUT_MS = 20000, POOL = 8 };

static void
wake(struct app *app, unsigned what)
{
	if ((what & APP_WAKE_JOBS) != 0 && app->jobs != NULL)
		jobs_wake(app->jobs);
}

static void
begin(struct yard *y)
{
	y->app = (struct app){ .service = "commerce", .wake = wake };
	y->rq.mem = arena_open(ARENA_BYTES);
	req_begin(&y->rq, &y->app, y->rq.mem, TEXT("test"), TIMEOUT_MS);
	FINE(db_pool_open(&y->rq, &y->app.db, y->db->url, y->db->schema, POOL));
}

void
yard_open(struct yard *y)
{
	*y = (struct yard){ 0 };
	yard_clock(0);
	y->db = kit_db_common("commerce");
	(void)kit_db_sql(y->db, "CREATE TABLE effects (key text, attempt int4); GRANT ALL ON effects TO PUBLIC");
	begin(y);
}

void
yard_replica(struct yard *replica, const struct yard *y)
{
	*replica = (struct yard){ .db = y->db };
	begin(replica);
}

void
yard_close(struct yard *y)
{
	yard_rest(y);
	req_end(&y->rq);
	db_pool_close(&y->app.db);
	arena_close(&y->rq.mem);
}

void
yard_work(struct yard *y, const struct job_type *types, size_t n, int threads)
{
	FINE(jobs_open(&y->rq, &y->app.jobs, &y->app, types, n, threads));
}

void
yard_rest(struct yard *y)
{
	jobs_close(&y->app.jobs);
}

struct wanted { const char *kind, *key, *payload; int64_t due_us; };

static const struct err *
put(struct req *rq, void *arg)
{
	const struct wanted *w = arg;

	return job_put(rq, w->kind, text_of(w->key), text_of(w->payload), w->due_us);
}

void
yard_put(struct yard *y, const char *kind, const char *key, const char *payload, int64_t in_s)
{
	struct wanted w = { kind, key, payload, clock_now_us() + in_s * 1000000 };

	y->rq.now_us = clock_now_us();
	FINE(db_tx(&y->rq, TX_WRITE, put, &w));
}

/* Written beside and renamed, so that nobody reads half of it; then it has been seen. */
void
yard_clock(int64_t seconds)
{
	const char *path = kit_db_start()->clock_file, *beside = kit_print("%s.new", path);
	FILE *f = fopen(beside, "w");

	SURE(f != NULL);
	(void)fprintf(f, "%lld", (long long)seconds * 1000000);
	SURE(fclose(f) == 0 && rename(beside, path) == 0);
	kit_until(2000, llabs(clock_now_us() - clock_real_us() - seconds * 1000000) < 1000);
}

const struct err *
effect(struct req *rq, const struct job *job)
{
	static const enum db_type in[] = { DB_TEXT, DB_INT4 };
	static const struct db_stmt insert = { "t_effect", "INSERT INTO effects (key, attempt) VALUES ($1, $2)", DB_CHANGED,
		2, 0, in, NULL, 0, 1 };
	struct db_args a = { .n = 0 };
	int64_t n;

	db_arg_text(&a, job->key);
	db_arg_i32(&a, job->attempts);
	return db_changed(rq, &insert, &a, &n);
}
