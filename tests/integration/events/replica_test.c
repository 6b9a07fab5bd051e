/* Several replicas of publisher and subscriber, some of which die. */
#include "tests/integration/events/world.h"

/* Advisory locks on partitions: exclusive ones of the desk's sessions. */
#define PARTITIONS_HELD \
	"SELECT count(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database " \
	"WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.mode = " \
	"'ExclusiveLock'"
#define HOLDERS_OF(count) \
	"SELECT count(h.pid) FROM (SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = " \
	"l.database " \
	"WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.mode = " \
	"'ExclusiveLock' " \
	"GROUP BY l.pid HAVING count(l.pid) = " count ") h"

Test(events, two_replicas_of_each_side_go_on_when_one_of_each_is_killed, .timeout = 120)
{
	struct world w;

	world_open(&w);
	pid_t shop = world_start(&w, SHOP, 0, "");
	world_until(
	    &w, SHOP, PARTITIONS_HELD, 1, 10000); /* the relay's lock: replica 0 is at work */
	(void)world_start(&w, SHOP, 1, "");
	(void)world_start(&w, DESK, 0, "");
	pid_t desk = world_start(&w, DESK, 1, "");
	world_until(&w, DESK, HOLDERS_OF("8"), 2, 10000);
	struct writer wr = writer_open(&w);
	write_events(&wr, 400);
	world_all_heard(&w, 20000);
	world_fault(&w, SHOP, 0, "relay.numbered=kill");
	world_fault(&w, DESK, 1, "inbox.handled=kill");
	write_events(&wr, 400);
	world_died(&w, shop);
	write_events(&wr, 400);
	world_died(&w, desk);
	write_events(&wr, 400);
	world_all_heard(&w, 20000);
	world_until(&w, DESK, HOLDERS_OF("16"), 1, 10000);
	writer_close(&wr);
	world_close(&w);
}

Test(events, partitions_are_shared_out_again_when_a_replica_comes_and_goes, .timeout = 60)
{
	struct world w;

	world_open(&w);
	(void)world_start(&w, SHOP, 0, "");
	(void)world_start(&w, DESK, 0, "");
	world_until(&w, DESK, PARTITIONS_HELD, 16, 10000);
	pid_t second = world_start(&w, DESK, 1, "");
	world_until(&w, DESK, HOLDERS_OF("8"), 2, 10000);
	world_stop(&w, second);
	world_until(&w, DESK, HOLDERS_OF("16"), 1, 10000);
	world_close(&w);
}

Test(events, a_lost_connection_to_the_database_loses_no_event, .timeout = 60)
{
	struct world w;

	world_open(&w);
	(void)world_start(&w, SHOP, 0, "");
	(void)world_start(&w, DESK, 0, "");
	struct writer wr = writer_open(&w);
	for (int i = 0; i < 5; i++) {
		write_events(&wr, 100);
		(void)world_sql(&w, DESK,
		    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
		    "WHERE datname = current_database() AND pid <> pg_backend_pid()");
		(void)world_sql(&w, SHOP,
		    "SELECT count(pg_terminate_backend(l.pid)) FROM pg_locks l "
		    "JOIN pg_database d ON d.oid = l.database WHERE d.datname = current_database() "
		    "AND l.locktype = 'advisory'");
	}
	world_all_heard(&w, 20000);
	writer_close(&wr);
	world_close(&w);
}
