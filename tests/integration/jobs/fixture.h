/* What the tests of common/jobs share: an app on a fresh database, a table of effects, the clock. */
#ifndef TESTS_JOBS_FIXTURE_H
#define TESTS_JOBS_FIXTURE_H
#include <criterion/criterion.h>

#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/jobs/jobs.h"
#include "tests/kit/kit.h"

struct yard {
	const struct kit_database *db;
	struct app                 app;
	struct req                 rq;       /* the test's own unit of work, TX_NONE */
};

/* A database with the common tables and effects(key text, attempt int4), a pool. No workers yet. */
void        yard_open(struct yard *y);
void        yard_close(struct yard *y);
/* Another replica on the same database: its own app and pool. */
void        yard_replica(struct yard *replica, const struct yard *y);

/* Workers on y->app; wakes reach them. */
void        yard_work(struct yard *y, const struct job_type *types, size_t n, int threads);
void        yard_rest(struct yard *y);

void        yard_put(struct yard *y, const char *kind, const char *key, const char *payload, int64_t in_s);
void        yard_clock(int64_t seconds);
/* The single value of a query, as text. */
#define yard_is(y, want, ...) (strcmp(kit_db_sql((y)->db, __VA_ARGS__), (want)) == 0)

/* insert into effects in the bracket of rq. */
const struct err *effect(struct req *rq, const struct job *job) MUST_USE;
#define FINE(step)          do { const struct err *e_ = (step); \
	cr_assert_null(e_, "%s: %s (%s)", e_->slug, e_->detail, e_->cause ? e_->cause->detail : ""); } while (0)
#define FAILS(step, slug_)  do { const struct err *e_ = (step); cr_assert_not_null(e_, "no error, not %s", slug_); \
	cr_assert_str_eq(e_->slug, slug_); } while (0)
#endif
