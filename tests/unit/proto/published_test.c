/* A published event version never changes: the build refuses it, whoever tries. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static char home[64];

static void
copy_contracts(void)
{
	char command[256];

	(void)snprintf(home, sizeof(home), "/tmp/dure-published-XXXXXX");
	cr_assert_not_null(mkdtemp(home));
	(void)snprintf(command, sizeof(command), "cp -r proto %s/proto", home);
	cr_assert_eq(system(command), 0);
}

static void
sweep(void)
{
	char command[256];

	(void)snprintf(command, sizeof(command), "rm -rf %s", home);
	cr_assert_eq(system(command), 0);
}

TestSuite(published, .init = copy_contracts, .fini = sweep, .timeout = 60);

/* The generator on contracts changed by that sed expression; says what it complains of when it does. */
static bool
accepts(const char *expression, const char *complaint)
{
	char command[1024];

	(void)snprintf(command, sizeof(command), "cd %s && sed -i -E '%s' proto/billing/asyncapi.yaml && cd - >/dev/null && "
	    "/usr/bin/python3 common/gen/proto.py %s/proto %s/out 2>%s/err", home, expression, home, home, home);
	if (system(command) == 0)
		return true;
	(void)snprintf(command, sizeof(command), "grep -qF '%s' %s/err", complaint, home);
	cr_assert_eq(system(command), 0, "it complains of something else than: %s", complaint);
	return false;
}

#define NEVER "payment.settled.v1.schema.hex: a published version never changes; make v2 beside it"

Test(published, contracts_as_they_are_are_accepted)
{
	cr_assert(accepts("", ""));
}

Test(published, a_description_may_change)
{
	cr_assert(accepts("s/title: Money was captured.*/title: Money has come/", ""));
}

Test(published, a_field_may_not_change_its_bounds)
{
	cr_assert_not(accepts("/PaymentSettledV1:/,/PaymentFailedV1:/s/maxLength: 200/maxLength: 100/", NEVER));
}

Test(published, a_field_may_not_be_added)
{
	cr_assert_not(accepts("/PaymentSettledV1:/,/paymentId:/s/^( *)paymentId:/\\1more: {type: boolean}\\n\\1paymentId:/",
	    NEVER));
}

Test(published, a_field_that_had_to_be_there_may_not_become_optional)
{
	cr_assert_not(accepts("/PaymentSettledV1:/,/PaymentFailedV1:/s/, method, paidAt\\]/, paidAt]/", NEVER));
}

Test(published, a_public_event_may_not_become_internal)
{
	cr_assert_not(accepts("/name: payment.settled/,/payload:/s/x-audience: public/x-audience: internal/", NEVER));
}
