/* An event that cannot be handled is parked, its key waits, all others go on, an operator
 * redrives. */
#include <stdio.h>

#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/audit/audit_events.gen.h"
#include "tests/integration/events/steps.h"
#include "tests/integration/events/world.h"

enum { BAD_KEY = 7 };

static void
poison(struct world *w, int64_t n)
{
	char key[UUID_CHARS + 1];

	uuid_print(key_of(BAD_KEY), key);
	(void)world_sql(
	    w, DESK, "INSERT INTO poison (key, n) VALUES ('%s', %lld)", key, (long long)n);
}

static int told;

static const struct err *
hear_audit(struct req *rq, const struct audit_recorded_v1 *row)
{
	(void)rq;
	cr_assert(text_is(row->action, "parked_event.redriven"));
	told++;
	return NULL;
}

/* What the command does: a request of its own on the desk's database. */
static bool
redrive(struct world *w, bool dry)
{
	struct arena *mem = arena_open(1048576);
	struct app app = { .service = "desk", .audit = hear_audit };
	char id[UUID_CHARS + 1];
	struct uuid event;
	struct req rq;

	world_text(
	    w, DESK, "SELECT event_id FROM inbox_parked ORDER BY seq LIMIT 1", id, sizeof(id));
	SURE(uuid_parse((struct text){ id, UUID_CHARS }, &event));
	req_begin(&rq, &app, mem, TEXT("parked redrive"), 10000);
	rq.tx = TX_WRITE;
	SURE(db_pool_open(&rq, &app.db, w->url[DESK], "desk", 1) == NULL);
	bool fine = inbox_parked_list(&rq) == NULL && inbox_parked_show(&rq, event) == NULL &&
	    inbox_parked_redrive(&rq, event, dry) == NULL;
	SURE(db_close(&rq, true) == NULL);
	db_pool_close(&app.db);
	req_end(&rq);
	arena_close(&mem);
	return fine;
}

static void
write_around_poison(struct world *w)
{
	struct writer wr = writer_open(w);

	poison(w, 3);
	write_events(&wr, 10 * WORLD_KEYS);
	writer_close(&wr);
}

Test(events, a_poisoned_event_is_parked_and_only_its_key_waits, .timeout = 60)
{
	struct world w;

	world_open(&w);
	(void)world_start(&w, SHOP, 0, "");
	(void)world_start(&w, DESK, 0, "");
	write_around_poison(&w);
	world_until(&w, DESK, "SELECT count(n) FROM heard", 10 * WORLD_KEYS - 8, 20000);
	world_until(&w, DESK, "SELECT count(event_id) FROM inbox_parked", 8, 20000);
	cr_assert_eq(world_sql(&w, DESK,
			 "SELECT count(event_id) FROM inbox_parked WHERE tries = 3 AND "
			 "reason = 'RULE thing.poisoned: number 3 of this key cannot be taken'"),
	    1);
	cr_assert_eq(world_sql(&w, DESK,
			 "SELECT count(event_id) FROM inbox_parked WHERE tries = 0 AND reason LIKE "
			 "'waits%%'"),
	    7);
	world_close(&w);
}

Test(events, a_redriven_event_goes_first_and_those_that_waited_follow_in_order, .timeout = 60)
{
	struct world w;

	world_open(&w);
	(void)world_start(&w, SHOP, 0, "");
	(void)world_start(&w, DESK, 0, "");
	write_around_poison(&w);
	world_until(&w, DESK, "SELECT count(event_id) FROM inbox_parked", 8, 20000);
	cr_assert(redrive(&w, true));
	cr_assert_eq(world_sql(&w, DESK, "SELECT count(redrive_at) FROM inbox_parked"), 0,
	    "a dry run has done something");
	(void)world_sql(&w, DESK, "DELETE FROM poison");
	cr_assert(redrive(&w, false));
	cr_assert_eq(told, 1);
	world_until(&w, DESK, "SELECT count(event_id) FROM inbox_parked", 0, 20000);
	world_all_heard(&w, 10000);
	world_close(&w);
}

Test(events, a_redrive_that_fails_again_stays_parked_with_the_new_count, .timeout = 60)
{
	struct world w;

	world_open(&w);
	(void)world_start(&w, SHOP, 0, "");
	(void)world_start(&w, DESK, 0, "");
	write_around_poison(&w);
	world_until(&w, DESK, "SELECT count(event_id) FROM inbox_parked", 8, 20000);
	cr_assert(redrive(&w, false));
	world_until(&w, DESK, "SELECT count(event_id) FROM inbox_parked WHERE tries = 4", 1, 20000);
	world_until(&w, DESK, "SELECT count(redrive_at) FROM inbox_parked", 0, 20000);
	cr_assert_eq(world_sql(&w, DESK, "SELECT count(event_id) FROM inbox_parked"), 8);
	world_close(&w);
}
