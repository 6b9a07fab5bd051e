/* Jobs run once when they are due, again when they fail, and are parked in the end. */
#include <stdatomic.h>
#include <string.h>

#include "common/core/id.h"
#include "common/jobs/worker.h"
#include "tests/integration/jobs/fixture.h"

static atomic_int calls, at_once, most_at_once;

static const struct err *
write_effect(struct req *rq, const struct job *job)
{
	cr_assert(db_in_tx(rq));
	calls++;
	return effect(rq, job);
}

static const struct err *
leased_effect(struct req *rq, const struct job *job)
{
	cr_assert_not(db_in_tx(rq));
	calls++;
	return effect(rq, job);
}

static const struct err *
always_fails(struct req *rq, const struct job *job)
{
	calls++;
	TRY(effect(rq, job));
	return FAIL(rq, UPSTREAM, "provider.down", "it said %d", 500 + job->attempts);
}

static const struct err *
crosses_once(struct req *rq, const struct job *job)
{
	TRY(effect(rq, job));
	return calls++ == 0 ? FAIL(rq, BUSY, "db.deadlock", "crossed") : NULL;
}

static const struct err *
again_once(struct req *rq, const struct job *job)
{
	calls++;
	TRY(effect(rq, job));
	if (text_is(job->payload, "second"))
		return NULL;
	return job_again(rq, job, job->due_us + 3600 * INT64_C(1000000), TEXT("second"));
}

static const struct job_type writes[] = { { "t_write", write_effect, TX_WRITE, 3, 0, -1 } };
static const struct job_type leases[] = { { "t_lease", leased_effect, TX_NONE, 3, 30, -1 } };
static const struct job_type failing[] = { { "t_write", always_fails, TX_WRITE, 3, 0, -1 },
	{ "t_lease", always_fails, TX_NONE, 3, 30, -1 } };
static const struct job_type crossing[] = { { "t_write", crosses_once, TX_WRITE, 3, 0, -1 } };
static const struct job_type again[] = { { "t_write", again_once, TX_WRITE, 3, 0, -1 },
	{ "t_lease", again_once, TX_NONE, 3, 30, -1 } };

Test(jobs_run, a_due_job_runs_once_and_its_row_goes, .timeout = 60)
{
	struct yard y;

	yard_open(&y);
	yard_work(&y, writes, 1, 2);
	yard_put(&y, "t_write", "a", "p", 0);
	kit_until(5000, yard_is(&y, "1", "SELECT count(*) FROM effects"));
	kit_until(5000, yard_is(&y, "0", "SELECT count(*) FROM jobs"));
	yard_rest(&y);
	yard_work(&y, leases, 1, 2);
	yard_put(&y, "t_lease", "b", "p", 0);
	kit_until(5000, yard_is(&y, "2", "SELECT count(*) FROM effects"));
	kit_until(5000, yard_is(&y, "0", "SELECT count(*) FROM jobs"));
	cr_assert_eq(calls, 2);
	yard_close(&y);
}

Test(jobs_run, a_job_waits_for_its_time_and_unknown_kinds_are_left_alone, .timeout = 60)
{
	struct yard y;

	yard_open(&y);
	yard_work(&y, writes, 1, 2);
	yard_put(&y, "t_write", "later", "", 3600);
	yard_put(&y, "t_other", "x", "", 0);
	kit_throughout(600, calls == 0);
	yard_clock(3590);
	kit_throughout(500, calls == 0);
	yard_clock(3601);
	kit_until(5000, calls == 1);
	kit_until(5000, yard_is(&y, "t_other", "SELECT string_agg(kind, ',') FROM jobs"));
	yard_close(&y);
}

Test(jobs_run, a_second_put_is_ignored_and_a_cancelled_job_does_not_run, .timeout = 60)
{
	struct yard y;

	yard_open(&y);
	yard_put(&y, "t_write", "a", "first", 60);
	yard_put(&y, "t_write", "a", "second", 0);
	cr_assert(yard_is(&y, "first", "SELECT convert_from(payload, 'UTF8') FROM jobs"));
	y.rq.tx = TX_WRITE;
	FINE(job_cancel(&y.rq, "t_write", TEXT("a")));
	FAILS(job_put(&y.rq, "t_write", TEXT("large"), (struct text){ y.db->url, 8193 }, 0), "job.payload_too_long");
	FINE(db_close(&y.rq, true));
	cr_assert(yard_is(&y, "0", "SELECT count(*) FROM jobs"));
	y.rq.tx = TX_NONE;
	yard_close(&y);
}

/* Holds every job for two milliseconds and counts who has the same one. */
enum { MANY = 300 };
static atomic_int in_hand[MANY], done[MANY];

static const struct err *
alone(struct req *rq, const struct job *job)
{
	int64_t number = -1, until = clock_mono_us() + 2000;

	cr_assert(text_to_i64(job->key, &number) && number >= 0 && number < MANY);
	cr_assert_eq(atomic_fetch_add(&in_hand[number], 1), 0, "twice at the same time");
	at_once++;
	most_at_once = at_once > most_at_once ? at_once : most_at_once;
	while (clock_mono_us() < until)
		(void)db_in_tx(rq);
	at_once--;
	(void)atomic_fetch_sub(&in_hand[number], 1);
	done[number]++;
	calls++;
	return effect(rq, job);
}

static void
many(enum tx tx)
{
	const struct job_type types[] = { { "t_many", alone, tx, 3, 30, -1 } };
	struct yard y, other;

	yard_open(&y);
	yard_replica(&other, &y);
	(void)kit_db_sql(y.db, "INSERT INTO jobs (id, kind, key, payload, due_at, look_at) "
	    "SELECT gen_random_uuid(), 't_many', n, '', now(), now() FROM generate_series(0, %d) n", MANY - 1);
	yard_work(&y, types, 1, 4);
	yard_work(&other, types, 1, 4);
	kit_until(30000, yard_is(&y, "0", "SELECT count(*) FROM jobs"));
	yard_close(&other);
	yard_close(&y);
	cr_assert_eq(calls, MANY);
	for (int i = 0; i < MANY; i++)
		cr_assert_eq(done[i], 1);
	cr_assert_gt(most_at_once, 1, "nothing ran beside anything, so nothing was shown");
	cr_assert(yard_is(&y, kit_print("%d", MANY), "SELECT count(DISTINCT key) FROM effects"));
}

Test(jobs_run, two_replicas_never_run_one_leased_job_twice, .timeout = 90)
{
	many(TX_NONE);
}

Test(jobs_run, two_replicas_never_run_one_locked_job_twice, .timeout = 90)
{
	many(TX_WRITE);
}

Test(jobs_run, pauses_double_from_a_second_to_ten_minutes_give_or_take_a_fifth)
{
	for (int32_t n = 1; n < 40; n++) {
		int64_t want = n > 10 || (1 << (n - 1)) > 600 ? 600 : 1 << (n - 1);
		for (int i = 0; i < 50; i++) {
			int64_t got = jobs_pause_us(n);
			cr_assert(got >= want * 800000 && got <= want * 1200000, "%d: %lld", n, (long long)got);
		}
	}
}

static void
fails_to_the_end(struct yard *y, const char *kind)
{
	calls = 0;
	yard_put(y, kind, "k", "p", 0);
	for (int i = 1; i <= 3; i++) {
		kit_until(5000,
		    yard_is(y, kit_print("%d", i), "SELECT attempts FROM jobs WHERE kind = '%s' AND lease IS NULL",
			kind));
		cr_assert_eq(calls, i);
		if (i == 3)
			break;
		cr_assert(yard_is(y, "t", "SELECT look_at - now() - interval '%d s' BETWEEN interval '%d ms' AND interval '%d ms' "
		    "FROM jobs WHERE kind = '%s'", (i - 1) * 10, 800 * i - 700, 1200 * i, kind));
		kit_throughout(300, calls == i);
		yard_clock(i * 10);
	}
	cr_assert(yard_is(y, "parked|provider.down|it said 503",
	    "SELECT state, last_slug, last_detail FROM jobs WHERE kind = '%s'", kind));
	yard_clock(100000);
	kit_throughout(500, calls == 3);
}

Test(jobs_run, a_failing_job_pauses_longer_each_time_and_is_parked_in_the_end, .timeout = 90)
{
	struct yard y;
	struct uuid id;

	yard_open(&y);
	yard_work(&y, failing, 2, 2);
	fails_to_the_end(&y, "t_write");
	cr_assert(yard_is(&y, "0", "SELECT count(*) FROM effects"), "what a failed write step did is rolled back");
	yard_clock(0);
	fails_to_the_end(&y, "t_lease");
	yard_rest(&y);
	yard_work(&y, failing, 2, 1);
	kit_until(5000, kit_metric("dure_jobs_parked{kind=\"t_lease\"}") == 1);
	cr_assert_eq(kit_metric("dure_jobs_due{kind=\"t_lease\"}"), 0);
	cr_assert_eq(kit_metric("dure_jobs_running{kind=\"t_write\"}"), 0);
	cr_assert_eq(kit_metric("dure_job_failures_total{kind=\"t_write\"}"), 3);
	yard_rest(&y);

	cr_assert(uuid_parse(text_of(kit_db_sql(y.db, "SELECT id FROM jobs WHERE kind = 't_write'")), &id));
	FINE(jobs_parked_list(&y.rq));
	FINE(jobs_parked_redrive(&y.rq, id, true));
	cr_assert(yard_is(&y, "2", "SELECT count(*) FROM jobs WHERE state = 'parked'"));
	y.rq.now_us = clock_now_us();
	y.rq.tx = TX_WRITE;
	FINE(jobs_parked_redrive(&y.rq, id, false));
	FINE(db_close(&y.rq, true));
	cr_assert(yard_is(&y, "audit.recorded", "SELECT type FROM outbox"));
	FAILS(jobs_parked_redrive(&y.rq, id, false), "job.not_parked");
	FINE(db_close(&y.rq, false));
	yard_work(&y, writes, 1, 1);
	kit_until(5000, yard_is(&y, "1", "SELECT count(*) FROM jobs"));
	cr_assert(yard_is(&y, "k|1", "SELECT key, attempt FROM effects ORDER BY attempt LIMIT 1"));
	yard_close(&y);
}

Test(jobs_run, a_deadlock_is_run_again_at_once_and_counts_no_attempt, .timeout = 60)
{
	struct yard y;

	yard_open(&y);
	yard_work(&y, crossing, 1, 1);
	yard_put(&y, "t_write", "a", "", 0);
	kit_until(5000, yard_is(&y, "0", "SELECT count(*) FROM jobs"));
	cr_assert_eq(calls, 2);
	cr_assert(yard_is(&y, "a|1", "SELECT key, attempt FROM effects"));
	yard_close(&y);
}

static void
comes_again(const char *kind)
{
	struct yard y;

	yard_open(&y);
	yard_work(&y, again, 2, 2);
	yard_put(&y, kind, "a", "first", 0);
	kit_until(5000, yard_is(&y, "waiting|0|second", "SELECT state, attempts, convert_from(payload, 'UTF8') FROM jobs"));
	kit_throughout(400, calls == 1);
	yard_clock(3601);
	kit_until(5000, yard_is(&y, "0", "SELECT count(*) FROM jobs"));
	cr_assert(yard_is(&y, "2", "SELECT count(*) FROM effects"));
	yard_close(&y);
}

Test(jobs_run, a_locked_job_that_asks_for_it_is_called_again, .timeout = 60)
{
	comes_again("t_write");
}

Test(jobs_run, a_leased_job_that_asks_for_it_is_called_again, .timeout = 60)
{
	comes_again("t_lease");
}

/* The step of the trace test tells what it follows. */
static char traced[64];

static const struct err *
tell_trace(struct req *rq, const struct job *job)
{
	(void)job;
	memcpy(traced, rq->trace.at, rq->trace.len);
	calls++;
	return NULL;
}

Test(jobs_run, a_job_carries_on_the_trace_of_who_put_it, .timeout = 60)
{
	const struct job_type types[] = { { "t_trace", tell_trace, TX_NONE, 3, 30, -1 } };
	struct yard y;
	char put[64] = "";

	yard_open(&y);
	memcpy(put, y.rq.trace.at, y.rq.trace.len);
	yard_work(&y, types, 1, 1);
	yard_put(&y, "t_trace", "a", "", 0);
	kit_until(5000, calls == 1);
	yard_close(&y);
	cr_assert_eq(memcmp(traced, put, 35), 0, "the trace id is the same");
	cr_assert_neq(memcmp(traced, put, REQ_TRACE_CHARS), 0, "the span is another");
}
