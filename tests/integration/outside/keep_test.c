/* What a program outside has not read is kept for it, longer than for nobody and not for ever. */
#include <string.h>

#include "common/core/buf.h"
#include "common/core/text.h"
#include "tests/integration/outside/stand.h"

static struct stand s;

static void
open_stand(void)
{
	stand_open(&s, 4);
	auth_knows_key();
}

static void
close_stand(void)
{
	stand_close(&s);
}

TestSuite(outside_keep, .init = open_stand, .fini = close_stand, .timeout = 60);

/* Ten events in partition 4, of which the program says to have handled three; then it is silent. */
static void
read_three_of_ten(void)
{
	int64_t cursor[OUTBOX_PARTITIONS] = { [4] = 3 };

	emit_many(&s, "payment.settled", true, 4, 10);
	cr_assert_not(call(&s, (struct call){ .request = { .op = TEXT("next"), .n_after = OUTBOX_PARTITIONS,
		.after = cursor } }).has_error);
	cr_assert_str_eq(kit_db_sql(s.db, "SELECT name, cursor[5] FROM outbox_subscriber"), KEY "|3");
}

/* So many days pass, and the relay sweeps: it does at its start. */
static void
days_pass(int days)
{
	(void)kit_db_sql(s.db, "UPDATE outbox SET occurred_at = occurred_at - interval '%d days'; "
	    "UPDATE outbox_subscriber SET asked_at = asked_at - interval '%d days'", days, days);
	relay_close(&s.app.relay);
	SURE(relay_open(&s.rq, &s.app.relay, &s.app) == NULL);
}

static bool
oldest_is(int seq)
{
	return strcmp(kit_db_sql(s.db, "SELECT oldest_seq FROM outbox_head WHERE partition = 4"), kit_print("%d", seq)) == 0;
}

Test(outside_keep, after_fourteen_days_what_was_read_goes_and_what_was_not_stays)
{
	read_three_of_ten();
	days_pass(15);
	kit_until(5000, oldest_is(4));
	cr_assert_str_eq(kit_db_sql(s.db, "SELECT count(*) FROM outbox"), "7");
	kit_throughout(300, oldest_is(4));
}

Test(outside_keep, after_thirty_days_it_goes_all_the_same_and_the_program_is_told)
{
	int64_t cursor[OUTBOX_PARTITIONS] = { [4] = 3 };

	read_three_of_ten();
	days_pass(31);
	kit_until(5000, oldest_is(11));
	cr_assert_str_eq(kit_db_sql(s.db, "SELECT count(*) FROM outbox_subscriber"), "0");
	struct outside_reply r = call(&s, (struct call){ .request = { .op = TEXT("next"), .n_after = OUTBOX_PARTITIONS,
		.after = cursor } });
	cr_assert(text_is(r.error, "cursor_expired"));
	cr_assert_eq(r.cursor[4], 10);
}

Test(outside_keep, for_nobody_it_goes_after_fourteen_days)
{
	emit_many(&s, "payment.settled", true, 4, 10);
	days_pass(13);
	kit_until(5000, kit_metric("dure_outbox_relay_leads") == 1);
	kit_throughout(300, oldest_is(1));
	days_pass(2);
	kit_until(5000, oldest_is(11));
}

Test(outside_keep, who_is_behind_and_who_is_silent_is_measured)
{
	read_three_of_ten();
	kit_until(5000, kit_metric("dure_outbox_subscriber_lag{subscriber=\"" KEY "\"}") == 7);
	cr_assert_eq(kit_metric("dure_outbox_subscribers_silent"), 0);
	days_pass(8);
	kit_until(5000, kit_metric("dure_outbox_subscribers_silent") == 1);
	cr_assert_eq(kit_metric("dure_outbox_subscriber_silent_seconds{subscriber=\"" KEY "\"}") / 10, 69120);
}
