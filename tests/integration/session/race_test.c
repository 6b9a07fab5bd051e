/* Tokens, passwords and sessions used by a dozen threads while keys change and Redis comes and goes. */
#include "tests/integration/session/race.h"
#include <criterion/criterion.h>

Test(race, every_answer_is_one_that_may_be_given, .timeout = 60)
{
	struct race_counts n;

	race_run(&n);
	cr_assert(n.hits > 0 && n.misses > 0 && n.hashes > 0, "nothing raced");
}
