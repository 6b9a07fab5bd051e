/* kill -9 of one service between any two steps, and its restart, change nothing of the outcome.
 *
 * A test per service, each with a suite of its own: a customer goes all the way while that service is killed after
 * every single step, whatever it has in hand then. */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include "tests/scenario/customer/customer.h"

static void
kill_and_restart(struct suite *s, const char *service)
{
	suite_kill(s, service, SIGKILL);
	suite_restart(s, service);
	suite_wait_ready(s, service);
}

static void
play_while_killing(const char *service)
{
	struct suite *s = suite_start(0);
	struct play *p = play_new(s, 1);

	p->patient = true;
	for (size_t i = 0; i < n_play_steps; i++) {
		play_steps[i].play(p);
		kill_and_restart(s, service);
	}
	cr_assert_str_eq(play_outcome(p), play_good_outcome);
	play_close(&p);
	suite_close(&s);
}

#define KILLED(service) \
	Test(kill, of_##service##_between_any_two_steps_changes_nothing, .timeout = 120) \
	{ \
		play_while_killing(#service); \
	}

KILLED(gateway)
KILLED(auth)
KILLED(billing)
KILLED(messaging)
KILLED(commerce)
KILLED(notification)
