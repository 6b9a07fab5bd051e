/* The kit's bracket around one service: a service of one table stands in for the real ones. */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/http/http.h"
#include "common/outbox/outbox.h"
#include "common/svc/svc.h"
#include "tests/kit/kit.h"

struct thing { int64_t n; };

static const struct msg_field thing_fields[] = {
	{ .name = "n", .kind = MSG_I64, .flags = MSG_REQUIRED, .at = offsetof(struct thing, n), .mark = MSG_NONE,
	    .min = 1, .max = 100 },
};
static const struct msg_type thing_type = {
	.name = "thing", .size = sizeof(struct thing), .align = _Alignof(struct thing), .fields = thing_fields,
	.n_fields = COUNT_OF(thing_fields),
};
static const struct event_type thing_made = { "thing.made", 1, "commerce", false, &thing_type };

static struct req seen;

static const struct err *
thing_make(struct req *rq, const void *in, void *out)
{
	const struct thing *t = in;

	seen = *rq;
	if (t->n == 13)
		return FAIL(rq, RULE, "thing.unlucky", "not %d", 13);
	*(struct thing *)out = *t;
	return outbox_put(rq, &thing_made, uuid_new(), t);
}

static const struct err *
thing_heard(struct req *rq, const void *event)
{
	const struct thing *t = event;

	return t->n == 13 ? FAIL(rq, RULE, "thing.unlucky", "not heard") : outbox_put(rq, &thing_made, rq->company, t);
}

static const struct err *
thing_later(struct req *rq, const struct job *job)
{
	struct thing t = { (int64_t)job->payload.len };

	return outbox_put(rq, &thing_made, uuid_new(), &t);
}

static const struct http_route routes[] = {
	{ HTTP_POST, "/api/things", thing_make, WHO_STAFF, 2, TX_WRITE, IDEM_KEY, 201, &thing_type, &thing_type,
	    "thing_make" },
};
static const struct inbox_listen listens[] = { { &thing_made, thing_heard, "on_thing_made" } };
static const struct job_type jobs[] = { { "thing_later", thing_later, TX_WRITE, 3, 30, -1 } };

static struct db_migration files[8];
static struct svc svc = { .name = "commerce", .routes = routes, .n_routes = COUNT_OF(routes),
	.listens = listens, .n_listens = COUNT_OF(listens), .jobs = jobs, .n_jobs = COUNT_OF(jobs), .migrations = files };

static struct kit *
opened(void)
{
	svc.n_migrations = kit_common_migrations(files, COUNT_OF(files));
	return kit_open(&svc);
}

static const char *
code_of_call_by(struct kit *k, uint64_t permissions, const char *json)
{
	kit_as_user(k, uuid_new(), uuid_new(), permissions);
	return kit_call(k, "POST /api/things", json).slug;
}

Test(kit, a_call_runs_the_step_as_whoever_the_test_says)
{
	struct kit *k = opened();
	struct uuid user = uuid_new(), company = uuid_new();
	struct kit_reply r;

	kit_as_user(k, user, company, 2);
	r = kit_call(k, "POST /api/things", "{\"n\":5}");
	cr_assert_eq(r.status, 201, "%d %s", r.status, r.body);
	cr_assert_eq(kit_json_i64(r.body, "n"), 5);
	cr_assert(uuid_eq(seen.user, user) && uuid_eq(seen.company, company) && seen.who == WHO_STAFF);
	kit_close(&k);
}

Test(kit, refusals_carry_their_slug)
{
	struct kit *k = opened();

	cr_assert_str_eq(code_of_call_by(k, 2, "{\"n\":13}"), "thing.unlucky");
	cr_assert_str_eq(code_of_call_by(k, 2, "{\"n\":0}"), "request.invalid");
	cr_assert_eq(kit_call(k, "POST /api/things", "{\"n\":5}").status, 201);
	kit_as_user(k, uuid_new(), uuid_new(), 1);
	cr_assert_eq(kit_call(k, "POST /api/things", "{\"n\":5}").status, 403);
	kit_as_nobody(k);
	cr_assert_eq(kit_call(k, "POST /api/things", "{\"n\":5}").status, 401);
	kit_close(&k);
}

Test(kit, events_come_out_in_order_and_once)
{
	struct kit *k = opened();

	code_of_call_by(k, 2, "{\"n\":5}");
	code_of_call_by(k, 2, "{\"n\":13}");
	code_of_call_by(k, 2, "{\"n\":6}");
	cr_assert_eq(((const struct thing *)kit_event(k, &thing_made))->n, 5);
	cr_assert(!kit_no_event(k));
	cr_assert_eq(((const struct thing *)kit_event(k, &thing_made))->n, 6);
	cr_assert(kit_no_event(k));
	kit_close(&k);
}

Test(kit, a_missing_event_fails_the_test, .signal = SIGABRT)
{
	struct kit *k = opened();

	kit_event(k, &thing_made);
}

Test(kit, events_and_jobs_run_in_brackets_of_their_own)
{
	struct kit *k = opened();

	cr_assert_null(kit_hear(k, &thing_made, uuid_new(), &(struct thing){ 7 }));
	cr_assert_str_eq(kit_hear(k, &thing_made, uuid_new(), &(struct thing){ 13 }), "thing.unlucky");
	cr_assert_null(kit_job(k, "thing_later", "key", "abc"));
	cr_assert_eq(((const struct thing *)kit_event(k, &thing_made))->n, 7);
	cr_assert_eq(((const struct thing *)kit_event(k, &thing_made))->n, 3);
	cr_assert(kit_no_event(k));
	kit_close(&k);
}

Test(kit, the_clock_moves_forward_and_back)
{
	struct kit *k = opened();
	int64_t start = clock_now_us();

	kit_clock(k, 86400);
	cr_assert_geq(clock_now_us() - start, INT64_C(86400000000));
	kit_clock(k, -86400);
	cr_assert_lt(clock_now_us() - start, INT64_C(60000000));
	kit_close(&k);
}
