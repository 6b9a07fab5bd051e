/* Fault points. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "common/core/clock.h"
#include "common/core/fault.h"

static char path[64];

static void
arm_by_file(const char *text)
{
	FILE *f;

	(void)snprintf(path, sizeof(path), "/tmp/dure_fault_test.%d", (int)getpid());
	f = fopen(path, "w");
	cr_assert_not_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

Test(fault, nothing_happens_unarmed)
{
	FAULT_POINT("a.point");
	cr_assert_not(FAULT_FAILS("a.point"));
}

Test(fault, an_armed_point_fails_and_others_do_not)
{
	fault_arm(
	    "a.point=fail, b.point=wait:0,,nonsense,c.point=explode,=fail,d.point=fail@0", NULL);
	cr_assert(FAULT_FAILS("a.point"));
	cr_assert(FAULT_FAILS("a.point"));
	cr_assert_not(FAULT_FAILS("a.poin"));
	cr_assert_not(FAULT_FAILS("b.point"));
	cr_assert_not(FAULT_FAILS("c.point"));
}

Test(fault, a_pass_number_acts_at_that_pass_only)
{
	fault_arm("a.point=fail@3", NULL);
	cr_assert_not(FAULT_FAILS("a.point"));
	cr_assert_not(FAULT_FAILS("a.point"));
	cr_assert(FAULT_FAILS("a.point"));
	cr_assert_not(FAULT_FAILS("a.point"));
}

Test(fault, waiting_takes_its_time)
{
	int64_t before = clock_mono_us();

	fault_arm("a.point=wait:50", NULL);
	FAULT_POINT("a.point");
	cr_assert_geq(clock_mono_us() - before, 50000);
}

Test(fault, kill_is_sigkill, .signal = SIGKILL)
{
	fault_arm("a.point=kill", NULL);
	FAULT_POINT("a.point");
}

Test(fault, the_file_arms_and_disarms_a_running_process_and_passes_stay_counted)
{
	arm_by_file("");
	fault_arm(NULL, path);
	cr_assert_not(FAULT_FAILS("a.point"));
	arm_by_file("a.point=fail@2\n");
	cr_assert_not(FAULT_FAILS("a.point"));
	arm_by_file("a.point=fail@2\nb.point=fail\n");
	cr_assert(FAULT_FAILS("a.point"));
	cr_assert(FAULT_FAILS("b.point"));
	(void)unlink(path);
	cr_assert_not(FAULT_FAILS("b.point"));
}

static int passed;

static void *
pass(void *arg)
{
	(void)arg;
	FAULT_POINT("a.point");
	__atomic_store_n(&passed, 1, __ATOMIC_RELEASE);
	return NULL;
}

Test(fault, hold_lasts_until_the_point_is_no_longer_armed, .timeout = 10)
{
	pthread_t t;

	arm_by_file("a.point=hold");
	fault_arm(NULL, path);
	cr_assert_eq(pthread_create(&t, NULL, pass, NULL), 0);
	(void)usleep(100000);
	cr_assert_eq(__atomic_load_n(&passed, __ATOMIC_ACQUIRE), 0);
	(void)unlink(path);
	cr_assert_eq(pthread_join(t, NULL), 0);
	cr_assert_eq(passed, 1);
}
