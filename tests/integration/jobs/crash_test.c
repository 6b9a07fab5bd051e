/* Workers that die or lose their lease, and the jobs of each day. */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/core/fault.h"
#include "tests/integration/jobs/fixture.h"

static atomic_int calls;

static const struct err *
plain(struct req *rq, const struct job *job)
{
	calls++;
	return effect(rq, job);
}

static const struct job_type leased[] = { { "t_lease", plain, TX_NONE, 3, 30, -1 } };
static const struct job_type locked[] = { { "t_write", plain, TX_WRITE, 3, 0, -1 } };

/* A process of its own works until the fault point kills it. */
static void
die_at(const struct yard *y, const struct job_type *type, const char *fault)
{
	int status = 0;
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct yard child;
		yard_replica(&child, y);
		fault_arm(fault, NULL);
		yard_work(&child, type, 1, 1);
		(void)sleep(20);
		_exit(1);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "%s did not kill", fault);
}

Test(jobs_crash, a_leased_job_whose_worker_died_runs_again_after_the_lease_and_not_before, .timeout = 60)
{
	struct yard y;

	yard_open(&y);
	yard_put(&y, "t_lease", "a", "", 0);
	die_at(&y, leased, "jobs.claimed=kill");
	cr_assert(yard_is(&y, "leased|1", "SELECT state, attempts FROM jobs"));
	yard_work(&y, leased, 1, 2);
	yard_clock(28);
	kit_throughout(600, calls == 0);
	yard_clock(32);
	kit_until(5000, yard_is(&y, "0", "SELECT count(*) FROM jobs"));
	cr_assert(yard_is(&y, "a|2", "SELECT key, attempt FROM effects"));
	yard_close(&y);
}

Test(jobs_crash, a_leased_job_killed_behind_its_step_runs_again, .timeout = 60)
{
	struct yard y;

	yard_open(&y);
	yard_put(&y, "t_lease", "a", "", 0);
	die_at(&y, leased, "jobs.done_before_commit=kill");
	cr_assert(yard_is(&y, "a|1", "SELECT key, attempt FROM effects"));
	yard_clock(32);
	yard_work(&y, leased, 1, 2);
	kit_until(5000, yard_is(&y, "0", "SELECT count(*) FROM jobs"));
	cr_assert(yard_is(&y, "2", "SELECT count(*) FROM effects"));
	yard_close(&y);
}

Test(jobs_crash, a_locked_job_killed_anywhere_has_its_effect_exactly_once, .timeout = 60)
{
	static const char *const places[] = { "jobs.claimed=kill", "jobs.done_before_commit=kill", "db.before_commit=kill" };
	struct yard y;

	yard_open(&y);
	yard_put(&y, "t_write", "a", "", 0);
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		die_at(&y, locked, places[i]);
		kit_until(5000, yard_is(&y, "waiting|0", "SELECT state, attempts FROM jobs FOR UPDATE"));
		cr_assert(yard_is(&y, "0", "SELECT count(*) FROM effects"));
	}
	yard_work(&y, locked, 1, 2);
	kit_until(5000, yard_is(&y, "0", "SELECT count(*) FROM jobs"));
	cr_assert(yard_is(&y, "1", "SELECT count(*) FROM effects"));
	yard_close(&y);
}

Test(jobs_crash, a_job_whose_workers_die_each_time_is_parked, .timeout = 60)
{
	struct yard y;

	yard_open(&y);
	yard_put(&y, "t_lease", "a", "", 0);
	for (int i = 0; i < 3; i++) {
		yard_clock(i * 40);
		die_at(&y, leased, "jobs.claimed=kill");
	}
	yard_clock(200);
	yard_work(&y, leased, 1, 1);
	kit_until(5000, yard_is(&y, "parked|job.lost", "SELECT state, last_slug FROM jobs"));
	cr_assert_eq(calls, 0);
	yard_close(&y);
}

/* The first run outlives its lease and ends while the second is at work. */
static atomic_int first_ended;
static struct yard *slow_yard;

static const struct err *
outlives(struct req *rq, const struct job *job)
{
	calls++;
	if (job->attempts == 1) {
		yard_clock(40);
		kit_until(5000, calls == 2);
		first_ended = 1;
		return NULL;
	}
	kit_until(5000, first_ended == 1);
	kit_throughout(300, yard_is(slow_yard, "leased|2", "SELECT state, attempts FROM jobs"));
	return effect(rq, job);
}

Test(jobs_crash, a_worker_that_lost_its_lease_ends_nothing, .timeout = 60)
{
	const struct job_type types[] = { { "t_slow", outlives, TX_NONE, 3, 30, -1 } };
	struct yard y;

	yard_open(&y);
	slow_yard = &y;
	yard_work(&y, types, 1, 2);
	yard_put(&y, "t_slow", "a", "", 0);
	kit_until(8000, yard_is(&y, "a|2", "SELECT key, attempt FROM effects"));
	kit_until(5000, yard_is(&y, "0", "SELECT count(*) FROM jobs"));
	cr_assert_eq(calls, 2);
	yard_close(&y);
}

Test(jobs_crash, workers_come_back_after_the_database_was_away, .timeout = 60)
{
	struct yard y;

	yard_open(&y);
	yard_work(&y, leased, 1, 2);
	for (int i = 0; i < 20; i++) {
		(void)kit_db_sql(y.db, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
		    "WHERE application_name = 'commerce' AND datname = current_database()");
		(void)kit_db_sql(y.db, "INSERT INTO jobs (id, kind, key, payload, due_at, look_at) "
		    "VALUES (gen_random_uuid(), 't_lease', %d, '', now(), now())", i);
	}
	yard_clock(60);      /* a lease may have been lost with its connection */
	kit_until(15000, yard_is(&y, "0", "SELECT count(*) FROM jobs"));
	cr_assert(yard_is(&y, "20", "SELECT count(DISTINCT key) FROM effects"));
	yard_close(&y);
}

/* Seconds from now to the next 03:30 in Seoul. */
static int64_t
to_half_past_three(void)
{
	struct day tomorrow = day_add_days(day_in_seoul(clock_real_us()), 1);

	return (day_start_us(tomorrow) - clock_real_us()) / 1000000 + 3 * 3600 + 1800;
}

static void
effects_stay(const struct yard *y, int n)
{
	kit_until(5000, yard_is(y, kit_print("%d", n), "SELECT count(*) FROM effects WHERE key > '2'"));
	kit_throughout(500, calls == n);
}

/* The other's hour is eleven in the evening, when nobody is there: at half past two it is made up for. */
Test(jobs_crash, a_daily_job_runs_once_a_day_on_two_replicas, .timeout = 60)
{
	const struct job_type types[] = { { "t_daily", plain, TX_WRITE, 3, 0, 3 }, { "t_late", plain, TX_NONE, 3, 30, 23 } };
	struct yard y, other;
	int64_t first;

	yard_open(&y);
	yard_replica(&other, &y);
	first = to_half_past_three();
	yard_clock(first - 3600);
	yard_work(&y, types, 2, 2);
	yard_work(&other, types, 2, 2);
	effects_stay(&y, 2);
	kit_until(5000, yard_is(&y, "0", "SELECT count(*) FROM jobs"));
	(void)kit_db_sql(y.db, "DELETE FROM effects");
	calls = 0;
	for (int day = 0; day < 3; day++) {
		yard_clock(first + day * 86400 - 3600);
		effects_stay(&y, 2 * day);
		yard_clock(first + day * 86400);
		effects_stay(&y, 2 * day + 1);
	}
	cr_assert(yard_is(&y, "3|t",
	    "SELECT count(DISTINCT key), bool_and(key ~ '^20[0-9]{2}-[01][0-9]-[0-3][0-9]$') FROM effects"));
	yard_close(&other);
	yard_close(&y);
}
