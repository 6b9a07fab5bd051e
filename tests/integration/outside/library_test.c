/* libdure-events against a real publisher: each event once and in order, a cursor that lasts, ends that say why. */
#include <dure-events.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/core/clock.h"
#include "common/core/text.h"
#include "tests/integration/outside/stand.h"

enum { HEARD_MAX = 4096, ENDS_MS = 2000 };

static struct stand s;

/* What one subscription has heard. */
struct ears {
	struct dure_events *events;
	pthread_t           thread;
	int                 result, heard, refuse_at, notes;      /* heard, notes: atomic */
	int64_t             numbers[HEARD_MAX], last_seq[DURE_EVENTS_PARTITIONS];
	bool                ordered;
	const char         *type;
};

static int
hear(void *arg, const struct dure_event *e)
{
	struct ears *ears = arg;
	int n = __atomic_load_n(&ears->heard, __ATOMIC_ACQUIRE);

	if (ears->refuse_at > 0 && n + 1 == ears->refuse_at)
		return -1;
	ears->ordered = ears->ordered && e->seq > ears->last_seq[e->partition];
	ears->last_seq[e->partition] = e->seq;
	ears->type = kit_print("%s", e->type);
	SURE(n < HEARD_MAX && dure_event_number(e, "n", &ears->numbers[n]) == 0);
	__atomic_store_n(&ears->heard, n + 1, __ATOMIC_RELEASE);
	return 0;
}

static void
note(void *arg, const char *sentence)
{
	struct ears *ears = arg;

	(void)sentence;
	__atomic_add_fetch(&ears->notes, 1, __ATOMIC_RELEASE);
}

static int
heard(const struct ears *ears)
{
	return __atomic_load_n(&ears->heard, __ATOMIC_ACQUIRE);
}

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

TestSuite(library, .init = open_stand, .fini = close_stand, .timeout = 60);

static const char *
cursor_file(void)
{
	return kit_print("%s/events-%d.cursor", kit_db_start()->dir, (int)getpid());
}

static struct dure_events_config
config(struct ears *ears)
{
	*ears = (struct ears){ .ordered = true };
	return (struct dure_events_config){ .publisher = "billing", .wake_url = kit_print("tcp://%s", s.config.outside_listen),
		.ask_url = kit_print("tcp://%s", s.config.outside_ask_listen), .key_id = KEY, .secret = SECRET,
		.handle = hear, .arg = ears, .note = note, .cursor_file = cursor_file() };
}

static void *
run(void *arg)
{
	struct ears *ears = arg;

	ears->result = dure_events_run(ears->events);
	return NULL;
}

static void
begin(struct ears *ears, const struct dure_events_config *c)
{
	cr_assert_eq(dure_events_open(&ears->events, c), 0);
	SURE(pthread_create(&ears->thread, NULL, run, ears) == 0);
}

/* Ends by itself or because it is told to; closes. */
static int
end(struct ears *ears, bool stop)
{
	int64_t began_us = clock_mono_us();

	if (stop)
		dure_events_stop(ears->events);
	SURE(pthread_join(ears->thread, NULL) == 0);
	cr_assert(!stop || clock_mono_us() - began_us < ENDS_MS * 1000, "a stop took %lld ms",
	    (long long)(clock_mono_us() - began_us) / 1000);
	dure_events_close(&ears->events);
	cr_assert_null(ears->events);
	return ears->result;
}

static int
run_to_end(const struct dure_events_config *c, struct ears *ears)
{
	begin(ears, c);
	return end(ears, false);
}

Test(library, hears_every_event_once_in_order_and_goes_on_after_a_restart)
{
	struct ears ears;
	struct dure_events_config c = config(&ears);

	emit_many(&s, "payment.settled", true, 1, 600);
	emit_many(&s, "payment.settled", true, 2, 300);
	begin(&ears, &c);
	kit_until(10000, heard(&ears) == 900);
	emit(&s, "payment.settled", true, COMPANY, 901);
	kit_until(1000, heard(&ears) == 901);
	cr_assert_eq(end(&ears, true), DURE_EVENTS_OK);
	cr_assert(ears.ordered);
	for (int i = 0; i < 3; i++)
		emit(&s, "payment.failed", true, COMPANY, 1000 + i);
	c = config(&ears);
	begin(&ears, &c);
	kit_until(5000, heard(&ears) == 3);
	kit_throughout(300, heard(&ears) == 3);
	cr_assert_eq(end(&ears, true), DURE_EVENTS_OK);
	cr_assert_str_eq(ears.type, "payment.failed");
}

Test(library, an_event_that_the_handler_refuses_comes_again_and_none_before_it)
{
	struct ears ears;
	struct dure_events_config c = config(&ears);

	emit_many(&s, "payment.settled", true, 1, 10);
	ears.refuse_at = 4;
	cr_assert_eq(run_to_end(&c, &ears), DURE_EVENTS_HANDLER);
	cr_assert_eq(ears.heard, 3);
	c = config(&ears);
	begin(&ears, &c);
	kit_until(5000, heard(&ears) == 7);
	cr_assert_eq(end(&ears, true), DURE_EVENTS_OK);
}

Test(library, begins_now_or_with_some_types_when_told)
{
	struct ears ears;
	struct dure_events_config c = config(&ears);

	emit_many(&s, "payment.settled", true, 1, 10);
	c.start = DURE_EVENTS_NOW;
	c.types = (const char *const[]){ "payment.failed", NULL };
	begin(&ears, &c);
	kit_until(5000, access(cursor_file(), F_OK) == 0);
	emit(&s, "payment.settled", true, COMPANY, 11);
	emit(&s, "payment.failed", true, COMPANY, 12);
	kit_until(5000, heard(&ears) == 1);
	cr_assert_eq(end(&ears, true), DURE_EVENTS_OK);
	cr_assert_eq(ears.numbers[0], 12);
}

Test(library, says_why_it_cannot_go_on)
{
	struct ears ears;
	struct dure_events_config c = config(&ears);

	c.secret = NEW_SECRET;
	cr_assert_eq(run_to_end(&c, &ears), DURE_EVENTS_DENIED);
	auth_says(KEY, key_json("[\"payment.settled\"]", NULL, SECRET, NULL, NULL));
	c = config(&ears);
	c.types = (const char *const[]){ "payment.failed", NULL };
	kit_until(3000, run_to_end(&c, &ears) == DURE_EVENTS_OUT_OF_SCOPE);
	c.secret = NULL;
	cr_assert_eq(dure_events_open(&ears.events, &c), DURE_EVENTS_CONFIG);
	cr_assert_null(ears.events);
	c = config(&ears);
	c.ask_url = "no address";
	cr_assert_eq(dure_events_open(&ears.events, &c), DURE_EVENTS_CONFIG);
	FILE *broken = fopen(cursor_file(), "w");
	SURE(broken != NULL && fputs("dure-events cursor 1 commerce\n0 0\n", broken) >= 0 && fclose(broken) == 0);
	c = config(&ears);
	cr_assert_eq(dure_events_open(&ears.events, &c), DURE_EVENTS_CURSOR);
	cr_assert_str_eq(dure_events_error(DURE_EVENTS_CURSOR), "the cursor could not be read or written");
	cr_assert_not_null(dure_events_error(99));
}

Test(library, a_revoked_key_ends_it_within_two_seconds)
{
	struct ears ears;
	struct dure_events_config c = config(&ears);

	emit(&s, "payment.settled", true, COMPANY, 1);
	begin(&ears, &c);
	kit_until(5000, heard(&ears) == 1);
	auth_says(KEY, NULL);
	int64_t began_us = clock_mono_us();
	cr_assert_eq(end(&ears, false), DURE_EVENTS_DENIED);
	cr_assert_lt(clock_mono_us() - began_us, 2000000);
}

static void
forget_first(int partition, int n)
{
	(void)kit_db_sql(s.db, "DELETE FROM outbox WHERE partition = %d AND seq <= %d; "
	    "UPDATE outbox_head SET oldest_seq = %d WHERE partition = %d", partition, n, n + 1, partition);
}

Test(library, what_is_no_longer_kept_ends_it_or_is_skipped_when_told)
{
	struct ears ears;
	struct dure_events_config c = config(&ears);

	begin(&ears, &c);
	kit_until(5000, access(cursor_file(), F_OK) == 0);
	cr_assert_eq(end(&ears, true), DURE_EVENTS_OK);
	emit_many(&s, "payment.settled", true, 1, 10);
	forget_first(1, 4);
	c = config(&ears);
	cr_assert_eq(run_to_end(&c, &ears), DURE_EVENTS_EXPIRED);
	c.skip_expired = 1;
	begin(&ears, &c);
	kit_until(5000, heard(&ears) == 6);
	cr_assert_eq(end(&ears, true), DURE_EVENTS_OK);
}

Test(library, a_publisher_that_goes_and_comes_is_waited_for)
{
	struct ears ears;
	struct dure_events_config c = config(&ears);

	outside_close(&s.app.outside);
	begin(&ears, &c);
	emit(&s, "payment.settled", true, COMPANY, 1);
	kit_until(10000, __atomic_load_n(&ears.notes, __ATOMIC_ACQUIRE) == 1);
	SURE(outside_open(&s.rq, &s.app.outside, &s.app) == NULL);
	kit_until(10000, heard(&ears) == 1);
	cr_assert_eq(ears.notes, 2, "that it is away, that it is back");
	outside_close(&s.app.outside);
	kit_until(10000, __atomic_load_n(&ears.notes, __ATOMIC_ACQUIRE) == 3);
	cr_assert_eq(end(&ears, true), DURE_EVENTS_OK, "a stop ends it while nobody answers");
	SURE(outside_open(&s.rq, &s.app.outside, &s.app) == NULL);
}

Test(library, a_clock_that_is_an_hour_off_does_not_matter)
{
	struct ears ears;
	struct dure_events_config c = config(&ears);
	FILE *clock = fopen(kit_db_start()->clock_file, "w");

	SURE(clock != NULL && fprintf(clock, "%lld", 3600 * 1000000LL) > 0 && fclose(clock) == 0);
	emit(&s, "payment.settled", true, COMPANY, 1);
	begin(&ears, &c);
	kit_until(5000, heard(&ears) == 1);
	cr_assert_eq(end(&ears, true), DURE_EVENTS_OK);
	cr_assert_geq(ears.notes, 1);
}

/* ---- a cursor of the program's own */

struct own { struct ears ears; int saved; int64_t cursor[DURE_EVENTS_PARTITIONS]; };

static int
hear_own(void *arg, const struct dure_event *e)
{
	struct own *own = arg;

	own->cursor[e->partition] = e->seq;       /* in the transaction of the effect, in a real program */
	return hear(&own->ears, e);
}

static int
load_own(void *arg, int64_t cursor[DURE_EVENTS_PARTITIONS])
{
	const struct own *own = arg;

	memcpy(cursor, own->cursor, sizeof(own->cursor));
	return own->saved > 0;
}

static int
save_own(void *arg, const int64_t cursor[DURE_EVENTS_PARTITIONS])
{
	struct own *own = arg;

	memcpy(own->cursor, cursor, sizeof(own->cursor));
	own->saved++;
	return 0;
}

Test(library, the_cursor_may_be_kept_by_the_program)
{
	struct own own = { .saved = 0 };
	struct dure_events_config c = config(&own.ears);

	c.cursor_file = NULL;
	c.load = load_own;
	c.save = save_own;
	c.handle = hear_own;
	c.arg = &own;
	c.note = NULL;
	emit_many(&s, "payment.settled", true, 1, 10);
	begin(&own.ears, &c);
	kit_until(5000, heard(&own.ears) == 10);
	cr_assert_eq(end(&own.ears, true), DURE_EVENTS_OK);
	emit_many(&s, "payment.settled", true, 1, 5);
	begin(&own.ears, &c);
	kit_until(5000, heard(&own.ears) == 15);
	cr_assert_eq(end(&own.ears, true), DURE_EVENTS_OK);
	cr_assert(own.ears.ordered && own.saved >= 2);
}

/* ---- stopping from a signal handler, as programs do */

static struct dure_events *signalled;

static void
on_signal(int number)
{
	(void)number;
	dure_events_stop(signalled);      /* NOLINT(bugprone-signal-handler,cert-sig30-c): made for it */
}

Test(library, a_signal_handler_may_stop_it)
{
	struct ears ears;
	struct dure_events_config c = config(&ears);

	begin(&ears, &c);
	signalled = ears.events;
	SURE(signal(SIGUSR1, on_signal) != SIG_ERR);
	kit_until(5000, access(cursor_file(), F_OK) == 0);
	SURE(pthread_kill(ears.thread, SIGUSR1) == 0);
	cr_assert_eq(end(&ears, false), DURE_EVENTS_OK);
}
