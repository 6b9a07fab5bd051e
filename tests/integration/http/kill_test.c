/* kill -9 in the middle: what a repetition with the same key finds afterwards. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/core/fault.h"
#include "tests/integration/http/world.h"
#include "tests/kit/kit.h"

static struct world w;
static const struct kit_database *db;
static struct heard first, second;

static void
setup(void)
{
	db = kit_db_common("commerce");
	(void)kit_db_sql(db, "CREATE TABLE effect (id uuid PRIMARY KEY, name text NOT NULL);"
	    "GRANT ALL ON effect TO PUBLIC");
}

static void
teardown(void)
{
	world_close(&w);
}

TestSuite(idempotency_kill, .init = setup, .fini = teardown, .timeout = 60);

static int
effects(void)
{
	return atoi(kit_db_sql(db, "SELECT count(*) FROM effect"));
}

static void
post(const char *target, const char *body, struct heard *out)
{
	ask(&w, "POST", target, "Idempotency-Key: k1\r\n", body, out);
}

/* The fork comes before any thread of this process: a lock held by another one would stay held in the child.
 * Sends one request to a server in a process of its own that is killed at this point; nothing is answered. */
static void
killed_at(const char *point, const char *target)
{
	static struct world other;
	int ends[2], status = 0;

	cr_assert_eq(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		fault_arm(kit_print("%s=kill", point), NULL);
		world_open(&other, db->url, 8);
		(void)!write(ends[1], &other.port, sizeof other.port);
		(void)pause();
		_exit(0);
	}
	cr_assert_eq(read(ends[0], &other.port, sizeof other.port), sizeof other.port);
	ask(&other, "POST", target, "Idempotency-Key: k1\r\n", "{\"name\":\"a\"}", &first);
	cr_assert_eq(first.status, 0, "%s", first.body);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	(void)close(ends[0]);
	(void)close(ends[1]);
	world_open(&w, db->url, 8);
}

Test(idempotency_kill, killed_before_the_commit_nothing_has_happened)
{
	killed_at("http.before_commit", "/api/orders");
	cr_assert_eq(effects(), 0);
	kit_until(5000, post("/api/orders", "{\"name\":\"a\"}", &second), second.status != 409);
	cr_assert_eq(second.status, 201, "%s", second.body);
	cr_assert_str_eq(header_in(&second, "Idempotent-Replayed"), "");
	cr_assert_eq(effects(), 1);
}

Test(idempotency_kill, killed_after_the_commit_the_stored_answer_is_sent)
{
	killed_at("http.after_commit", "/api/orders");
	cr_assert_eq(effects(), 1);
	post("/api/orders", "{\"name\":\"a\"}", &second);
	cr_assert_eq(second.status, 201, "%s", second.body);
	cr_assert_str_eq(header_in(&second, "Idempotent-Replayed"), "true");
	cr_assert_eq(effects(), 1);
}

Test(idempotency_kill, killed_under_a_lease_the_key_waits_for_it_and_then_runs)
{
	killed_at("http.leased", "/api/pay");
	post("/api/pay", "{\"name\":\"a\"}", &second);
	cr_assert_eq(second.status, 409, "%s", second.body);
	(void)kit_db_sql(db, "UPDATE idempotency SET lease_until = lease_until - interval '31 s'");
	post("/api/pay", "{\"name\":\"a\"}", &second);
	cr_assert_eq(second.status, 201, "%s", second.body);
	cr_assert_eq(effects(), 1);
}
