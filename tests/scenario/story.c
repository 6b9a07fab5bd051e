/* The story: one customer through the gateway, on real PostgreSQL, Redis and nng and the sandbox of the providers.
 *
 * make story prints the steps with their times (DURE_STORY); as a test of make test it keeps quiet. With KIT_SUITE it is
 * played on a suite that runs already (tests/deploy), as its play number KIT_PLAY: each has people of its own. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "tests/scenario/customer/customer.h"

Test(story, a_customer_signs_up_pays_orders_and_hears_of_it, .timeout = 120)
{
	const char *number = getenv("KIT_PLAY");
	struct suite *attached = suite_attached(), *s = attached != NULL ? attached : suite_start(0);
	struct play *p = play_new(s, number != NULL ? atoi(number) : 1);

	p->telling = getenv("DURE_STORY") != NULL;
	p->listening = true;
	play_all(p);
	cr_assert_str_eq(play_outcome(p), play_good_outcome);
	play_close(&p);
	suite_close(&s);
}
