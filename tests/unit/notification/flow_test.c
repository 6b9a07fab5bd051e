/* The order of one socket's alarms: by hand, and with everything that can happen happening at random. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include "services/notification/door/flow.h"

Test(notification_flow, from_now_on_means_after_the_counter)
{
	struct flow f = { .reading = true };

	cr_assert_not(flow_begin(&f, 5, -1));
	cr_assert_eq(flow_live(&f, 5), FLOW_DROP);
	cr_assert_eq(flow_live(&f, 6), FLOW_SEND);
	cr_assert_eq(flow_live(&f, 6), FLOW_DROP, "heard twice, sent once");
	cr_assert_eq(flow_live(&f, 7), FLOW_SEND);
}

Test(notification_flow, what_was_missed_goes_before_what_comes)
{
	struct flow f = { .reading = true };

	cr_assert(flow_begin(&f, 5, 3));
	cr_assert_eq(flow_live(&f, 6), FLOW_NOTE, "4 and 5 are on their way");
	cr_assert(flow_took(&f, 5, 5, false), "6 came while 4 and 5 were read");
	cr_assert_not(flow_took(&f, 6, 6, false));
	cr_assert_eq(flow_live(&f, 7), FLOW_SEND);
}

Test(notification_flow, a_full_page_is_followed_by_another)
{
	struct flow f = { .reading = true };

	cr_assert(flow_begin(&f, 250, 0));
	cr_assert(flow_took(&f, 250, 100, true));
	cr_assert(flow_took(&f, 250, 200, true));
	cr_assert_not(flow_took(&f, 250, 250, false));
}

Test(notification_flow, a_gap_is_read_once)
{
	struct flow f = { .reading = true };

	cr_assert_not(flow_begin(&f, 5, 5));
	cr_assert_eq(flow_live(&f, 8), FLOW_READ);
	cr_assert_eq(flow_live(&f, 9), FLOW_NOTE);
	cr_assert_not(flow_took(&f, 9, 9, false));
	cr_assert_eq(flow_live(&f, 7), FLOW_DROP);
}

Test(notification_flow, what_has_expired_is_not_waited_for)
{
	struct flow f = { .reading = true };

	cr_assert(flow_begin(&f, 5, 2));
	cr_assert_not(flow_took(&f, 5, 0, false), "all up to 5 are gone");
	cr_assert_eq(flow_live(&f, 6), FLOW_SEND);
}

/* What came after the question began is not in the answer: it must not be taken for expired. */
Test(notification_flow, an_empty_answer_says_nothing_of_what_was_heard_later)
{
	struct flow f = { .reading = true };

	cr_assert(flow_begin(&f, 5, 4));
	cr_assert_eq(flow_live(&f, 6), FLOW_NOTE);
	cr_assert(flow_took(&f, 5, 0, false));
	cr_assert_eq(f.last, 5);
	cr_assert_not(flow_took(&f, 6, 6, false));
}

Test(notification_flow, a_number_that_was_never_given_counts_as_the_last_one)
{
	struct flow f = { .reading = true };

	cr_assert_not(flow_begin(&f, 5, 99));
	cr_assert_eq(flow_live(&f, 6), FLOW_SEND);
}

/* ---- at random: rows are committed, heard late and sometimes twice; a read takes a while; old rows expire */

enum { ROWS = 60, PAGE = 4, ROUNDS = 20000 };

struct world {
	struct flow flow;
	int64_t committed, heard, expired;          /* rows 1 … committed exist but those up to expired */
	bool    begun, asked;
	int64_t question, behind, snapshot, gone;   /* of the read under way: what the database said */
	int64_t sent;                               /* the last number the socket got */
	bool    broken;
};

static void
sends(struct world *w, int64_t number)
{
	w->broken = w->broken || number <= w->sent;
	for (int64_t n = w->sent + 1; n < number; n++)
		w->broken = w->broken || n > w->expired;
	w->sent = number;
}

static void
hear(struct world *w)
{
	int64_t n = w->heard > 0 && rand() % 5 == 0 ? w->heard : w->heard + 1;

	if (n > w->committed)
		return;
	w->heard = n > w->heard ? n : w->heard;
	if (flow_live(&w->flow, n) == FLOW_SEND)
		sends(w, n);
}

static void
begin_read(struct world *w)
{
	w->asked = true;
	w->question = w->flow.heard;
	w->behind = w->flow.last;
	w->snapshot = w->committed;
	w->gone = w->expired;
}

static void
end_read(struct world *w)
{
	int64_t first = w->behind > w->gone ? w->behind + 1 : w->gone + 1, last = 0;
	int n = 0;

	for (int64_t at = first; at <= w->snapshot && n < PAGE; at++, n++) {
		last = at;
		sends(w, at);
	}
	w->asked = false;
	w->broken = flow_took(&w->flow, w->question, last, n == PAGE) != w->flow.reading || w->broken;
}

static void
begin(struct world *w)
{
	int64_t named = rand() % 4 == 0 ? -1 : rand() % (w->committed + 1);

	w->begun = true;
	w->broken = flow_begin(&w->flow, w->committed, named) != w->flow.reading;
	w->sent = w->flow.last;
}

static void
something_happens(struct world *w)
{
	switch (rand() % 6) {
	case 0:
		w->committed += w->committed < ROWS;
		return;
	case 1:
		w->expired += w->expired < w->committed && rand() % 8 == 0;
		return;
	case 2:
		if (!w->begun)
			begin(w);
		return;
	case 3:
		if (w->begun && w->flow.reading && !w->asked)
			begin_read(w);
		return;
	case 4:
		if (w->asked)
			end_read(w);
		return;
	default:
		hear(w);
	}
}

static void
settle(struct world *w)
{
	while (!w->begun)
		something_happens(w);
	while (w->heard < w->committed || w->flow.reading || w->asked) {
		hear(w);
		if (w->asked)
			end_read(w);
		else if (w->flow.reading)
			begin_read(w);
	}
}

Test(notification_flow, each_number_once_and_in_order_whatever_happens)
{
	srand(7);
	for (int round = 0; round < ROUNDS; round++) {
		struct world w = { .flow = { .reading = true } };

		w.committed = w.heard = rand() % 10;
		for (int i = rand() % 200; i > 0; i--)
			something_happens(&w);
		settle(&w);
		cr_assert_not(w.broken, "round %d: out of order, twice or left out", round);
		cr_assert(w.sent == w.committed || w.expired == w.committed, "round %d: sent to %lld of %lld", round,
		    (long long)w.sent, (long long)w.committed);
	}
}
