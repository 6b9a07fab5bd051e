/* What was committed arrives once and in order, however the commits and the connections lie. */
#include <pthread.h>

#include "tests/integration/events/world.h"

enum { WRITERS = 4, EACH = 500 };

static void *
write_many(void *arg)
{
	struct writer wr = writer_open(arg);

	write_events(&wr, EACH);
	writer_close(&wr);
	return NULL;
}

static void
write_from_four(struct world *w)
{
	pthread_t thread[WRITERS];

	for (int i = 0; i < WRITERS; i++)
		SURE(pthread_create(&thread[i], NULL, write_many, w) == 0);
	for (int i = 0; i < WRITERS; i++)
		SURE(pthread_join(thread[i], NULL) == 0);
}

Test(events, two_thousand_from_four_writers_arrive_once_and_in_order_per_key, .timeout = 120)
{
	struct world w;

	world_open(&w);
	(void)world_start(&w, SHOP, 0, "");
	(void)world_start(&w, DESK, 0, "");
	write_from_four(&w);
	world_all_heard(&w, 30000);
	cr_assert_eq(world_sql(&w, SHOP, "SELECT sum(n) FROM keys"), WRITERS * EACH);
	int64_t most = world_sql(&w, SHOP, "SELECT max(n) FROM (SELECT count(DISTINCT key) AS n FROM outbox GROUP BY partition) p");
	cr_assert_gt(world_sql(&w, DESK, "SELECT max(n) FROM (SELECT count(DISTINCT key) AS n FROM heard GROUP BY xmin::text) h"),
	    most, "events of several partitions that came together were not committed together");
	world_close(&w);
}

Test(events, a_writer_that_commits_late_is_not_skipped, .timeout = 60)
{
	struct world w;
	struct held late;

	world_open(&w);
	(void)world_start(&w, SHOP, 0, "");
	(void)world_start(&w, DESK, 0, "");
	held_open(&late, &w, 0);
	struct writer wr = writer_open(&w);
	for (int i = 0; i < 100; i++)
		write_event(&wr, 1 + i % (WORLD_KEYS - 1));
	world_until(&w, SHOP, "SELECT count(id) FROM outbox WHERE seq IS NOT NULL", 200, 10000);
	world_until(&w, DESK, "SELECT count(n) FROM heard", 100, 10000);
	held_commit(&late);
	world_all_heard(&w, 10000);
	cr_assert_eq(world_sql(&w, DESK, "SELECT count(n) FROM heard"), 102);
	cr_assert_eq(
	    world_sql(&w, SHOP,
		"SELECT count(a.id) FROM outbox a JOIN outbox b ON b.id > a.id AND b.seq < a.seq "
		"AND b.partition = a.partition") > 0,
	    true, "the late one was not late");
	writer_close(&wr);
	world_close(&w);
}

Test(events, what_was_numbered_but_not_published_when_the_relay_died_is_asked_for, .timeout = 60)
{
	struct world w;

	world_open(&w);
	pid_t relay = world_start(&w, SHOP, 0, "");
	(void)world_start(&w, DESK, 0, "");
	struct writer wr = writer_open(&w);
	write_events(&wr, 100);
	world_all_heard(&w, 10000);
	world_fault(&w, SHOP, 0, "relay.numbered=kill");
	write_events(&wr, 50);
	world_died(&w, relay);
	cr_assert_gt(world_sql(&w, SHOP, "SELECT max(seq) FROM outbox"), 0);
	cr_assert_eq(world_sql(&w, DESK, "SELECT count(n) FROM heard"), 100,
	    "something was published after all");
	(void)world_start(&w, SHOP, 0, "");
	world_all_heard(&w, 20000);
	writer_close(&wr);
	world_close(&w);
}

/* How the release before this schema numbers, which it may still do beside us: by id. */
#define NUMBER_BY_ID \
	"WITH batch AS MATERIALIZED (SELECT w.id, w.partition, row_number() OVER (PARTITION BY w.partition ORDER BY w.id) AS n " \
	"FROM (SELECT id, partition FROM outbox WHERE seq IS NULL ORDER BY id LIMIT 77) w), " \
	"heads AS (UPDATE outbox_head h SET seq = h.seq + c.n FROM (SELECT partition, count(id) AS n FROM batch " \
	"GROUP BY partition) c WHERE h.partition = c.partition RETURNING h.partition, h.seq - c.n AS base), " \
	"numbered AS (UPDATE outbox o SET seq = heads.base + batch.n FROM batch JOIN heads " \
	"ON heads.partition = batch.partition WHERE o.id = batch.id RETURNING o.id) SELECT count(id) FROM numbered"

Test(events, what_another_release_has_numbered_and_left_is_gone_on_with, .timeout = 60)
{
	struct world w;

	world_open(&w);
	struct writer wr = writer_open(&w);
	write_events(&wr, 100);
	cr_assert_eq(world_sql(&w, SHOP, NUMBER_BY_ID), 77);
	(void)world_start(&w, SHOP, 0, "");
	(void)world_start(&w, DESK, 0, "");
	world_all_heard(&w, 20000);
	cr_assert_eq(world_sql(&w, SHOP, "SELECT sum(seq) FROM outbox_head"), 200);
	cr_assert_eq(world_sql(&w, SHOP, "SELECT count(partition) FROM outbox_head h WHERE seq > 0 AND seq <> "
	    "(SELECT max(o.seq) FROM outbox o WHERE o.partition = h.partition)"), 0);
	writer_close(&wr);
	world_close(&w);
}

Test(events, a_subscriber_that_was_away_for_a_thousand_events_catches_up, .timeout = 60)
{
	struct world w;

	world_open(&w);
	(void)world_start(&w, SHOP, 0, "");
	pid_t desk = world_start(&w, DESK, 0, "");
	struct writer wr = writer_open(&w);
	write_events(&wr, 100);
	world_all_heard(&w, 10000);
	world_stop(&w, desk);
	write_events(&wr, 1000);
	world_until(&w, SHOP, "SELECT count(id) FROM outbox WHERE seq IS NULL", 0, 10000);
	(void)world_start(&w, DESK, 0, "");
	world_all_heard(&w, 20000);
	writer_close(&wr);
	world_close(&w);
}

Test(events, a_subscriber_killed_between_handling_and_commit_handles_again, .timeout = 60)
{
	struct world w;

	world_open(&w);
	(void)world_start(&w, SHOP, 0, "");
	pid_t desk = world_start(&w, DESK, 0, "inbox.handled=kill@3");
	struct writer wr = writer_open(&w);
	write_events(&wr, 300);
	world_died(&w, desk);
	(void)world_start(&w, DESK, 0, "");
	world_all_heard(&w, 20000);
	writer_close(&wr);
	world_close(&w);
}

Test(events, a_subscriber_killed_just_after_commit_handles_nothing_twice, .timeout = 60)
{
	struct world w;

	world_open(&w);
	(void)world_start(&w, SHOP, 0, "");
	pid_t desk = world_start(&w, DESK, 0, "inbox.committed=kill@3");
	struct writer wr = writer_open(&w);
	write_events(&wr, 300);
	world_died(&w, desk);
	(void)world_start(&w, DESK, 0, "");
	world_all_heard(&w, 20000);
	writer_close(&wr);
	world_close(&w);
}
