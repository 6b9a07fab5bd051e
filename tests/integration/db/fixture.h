/* What every test of common/db begins with: a unit of work on a pool of its own schema. */
#ifndef TESTS_DB_FIXTURE_H
#define TESTS_DB_FIXTURE_H
#include <criterion/criterion.h>

#include "common/core/app.h"
#include "common/db/db.h"
#include "tests/kit/kit.h"

struct unit {
	struct app   app;
	struct req   rq;
	unsigned     woken;          /* what app.wake() was told */
	const char  *schema;
};

/* The database of this test: conninfo as superuser, and SQL run there (the result as text). */
const char *server_url(void);
const char *server_sql(const char *sql);

/* A pool of `connections` on a database of its own, a table t(id int4 primary key, note text), a bracket of tx with ten seconds. */
void unit_open(struct unit *u, int connections, enum tx tx);
/* The next bracket on the same pool. */
void unit_next(struct unit *u, enum tx tx);
void unit_close(struct unit *u);
/* Another unit of work beside u, on the same pool; its arena is its own. */
void unit_beside(struct unit *other, const struct unit *u, enum tx tx);
void unit_beside_close(struct unit *other);

/* insert into t values (id, note); the usual ways to take it. */
const struct err *put(struct req *rq, int32_t id, const char *note) MUST_USE;
const struct err *queue_put(struct req *rq, int32_t id, const char *note) MUST_USE;
/* select count(*) from t where id = $1, in rq's bracket. */
const struct err *count(struct req *rq, int32_t id, int64_t *n) MUST_USE;
/* A statement without parameters and results. */
const struct err *run_sql(struct req *rq, const struct db_stmt *s) MUST_USE;
#define STMT(var, sql) static const struct db_stmt var = { .name = #var, .text = (sql), .take = DB_CHANGED, .row_align = 1 }

#define FINE(step)          do { const struct err *e_ = (step); \
	cr_assert_null(e_, "%s: %s (%s)", e_->slug, e_->detail, e_->cause ? e_->cause->detail : ""); } while (0)
#define FAILS(step, slug_)  do { const struct err *e_ = (step); cr_assert_not_null(e_, "no error, not %s", slug_); \
	cr_assert_str_eq(e_->slug, slug_, "%s: %s (%s)", e_->slug, e_->detail, e_->cause ? e_->cause->detail : ""); } while (0)
#endif
