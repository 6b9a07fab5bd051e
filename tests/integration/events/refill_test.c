/* What PUB loses is asked for; what the publisher no longer keeps is told. */
#include "tests/integration/events/world.h"

/* More than both queues of 1,024 messages and the kernel's buffers hold: a few of these share a message. */
enum { BURST = 20000, BURST_PAYLOAD = 4000 };

Test(events, one_message_lost_in_a_stream_is_noticed_by_the_next, .timeout = 60)
{
	struct world w;

	world_open(&w);
	(void)world_start(&w, SHOP, 0, "");
	(void)world_start(&w, DESK, 0, "bus.lost=fail@5");
	struct writer wr = writer_open(&w);
	write_events(&wr, 500);
	world_all_heard(&w, 20000);
	writer_close(&wr);
	world_close(&w);
}

Test(events, all_messages_lost_are_refilled_by_asking, .timeout = 60)
{
	struct world w;

	world_open(&w);
	(void)world_start(&w, SHOP, 0, "");
	(void)world_start(&w, DESK, 0, "bus.lost=fail");
	struct writer wr = writer_open(&w);
	write_events(&wr, 500);
	world_all_heard(&w, 20000);
	writer_close(&wr);
	world_close(&w);
}

/* Rows copied from a real one, so that the burst is made faster than it can be heard. */
static void
insert_burst(struct world *w)
{
	(void)world_sql(w, SHOP,
	    "INSERT INTO outbox (event_id, type, version, occurred_at, key, partition, "
	    "traceparent, "
	    "payload, is_public) SELECT gen_random_uuid(), 'thing.seen', o.version, o.occurred_at, "
	    "o.key, o.partition, "
	    "o.traceparent, convert_to(repeat('x', %d), 'utf8'), o.is_public FROM generate_series(1, %d), "
	    "(SELECT version, occurred_at, key, partition, traceparent, is_public FROM outbox ORDER BY id LIMIT 1) o",
	    BURST_PAYLOAD, BURST);
}

Test(events, a_burst_that_overflows_every_queue_is_refilled_by_asking, .timeout = 120)
{
	struct world w;

	world_open(&w);
	(void)world_start(&w, SHOP, 0, "");
	(void)world_start(&w, DESK, 0, "");
	struct writer wr = writer_open(&w);
	write_events(&wr, WORLD_KEYS);
	world_all_heard(&w, 20000);
	world_fault(&w, DESK, 0, "inbox.handled=hold");
	write_events(&wr, WORLD_KEYS);
	insert_burst(&w);
	write_events(&wr, WORLD_KEYS);
	world_until(&w, SHOP, "SELECT count(id) FROM outbox WHERE seq IS NULL", 0, 60000);
	world_fault(&w, DESK, 0, "");
	world_all_heard(&w, 60000);
	world_until(&w, DESK, "SELECT sum(seq) FROM inbox_cursor",
	    world_sql(&w, SHOP, "SELECT sum(seq) FROM outbox_head"), 60000);
	writer_close(&wr);
	world_close(&w);
}

Test(events, what_has_expired_leaves_a_parked_hole_and_the_rest_arrives, .timeout = 60)
{
	struct world w;

	world_open(&w);
	pid_t shop = world_start(&w, SHOP, 0, "");
	pid_t desk = world_start(&w, DESK, 0, "");
	struct writer wr = writer_open(&w);
	write_events(&wr, WORLD_KEYS);
	world_all_heard(&w, 20000);
	world_stop(&w, desk);
	write_events(&wr, 4 * WORLD_KEYS);
	world_until(&w, SHOP, "SELECT count(id) FROM outbox WHERE seq IS NULL", 0, 20000);
	world_stop(&w, shop);
	(void)world_sql(
	    &w, SHOP, "UPDATE outbox SET occurred_at = occurred_at - interval '15 days'");
	(void)world_start(&w, SHOP, 0, "");      /* sweeps at its start */
	world_until(&w, SHOP, "SELECT count(id) FROM outbox", 0, 20000);
	cr_assert_eq(world_sql(&w, SHOP,
			 "SELECT count(partition) FROM outbox_head WHERE oldest_seq = seq + 1"),
	    16);
	(void)world_start(&w, DESK, 0, "");
	world_until(&w, DESK, "SELECT sum(seq) FROM inbox_cursor",
	    world_sql(&w, SHOP, "SELECT sum(seq) FROM outbox_head"), 20000);
	cr_assert_eq(
	    world_sql(&w, DESK, "SELECT count(event_id) FROM inbox_parked WHERE type = 'hole'"),
	    world_sql(&w, SHOP, "SELECT count(partition) FROM outbox_head WHERE seq > 0"));
	write_events(&wr, WORLD_KEYS);
	world_until(&w, DESK, "SELECT count(n) FROM heard", 2 * WORLD_KEYS, 20000);
	writer_close(&wr);
	world_close(&w);
}
