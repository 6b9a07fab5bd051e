/* Ids of the access log: by time, and the same for the same request. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "services/auth/access_log/id.h"

static const int64_t NOON = INT64_C(1767322800000000);

static int
order(struct uuid a, struct uuid b)
{
	return memcmp(a.b, b.b, sizeof(a.b));
}

Test(access_log_id, the_same_request_has_the_same_id_and_another_another)
{
	cr_assert(uuid_eq(access_log_id(NOON, TEXT("r1")), access_log_id(NOON, TEXT("r1"))));
	cr_assert_not(uuid_eq(access_log_id(NOON, TEXT("r1")), access_log_id(NOON, TEXT("r2"))));
	cr_assert_not(uuid_eq(access_log_id(NOON, TEXT("r1")), access_log_id(NOON + 1, TEXT("r1"))));
}

Test(access_log_id, they_sort_by_microsecond_and_the_floor_parts_them)
{
	for (int64_t us = NOON; us < NOON + 3000; us++) {
		cr_assert_lt(order(access_log_id(us, TEXT("r1")), access_log_floor(us + 1)), 0);
		cr_assert_geq(order(access_log_id(us, TEXT("r1")), access_log_floor(us)), 0);
	}
}

Test(access_log_id, they_are_uuids_of_version_seven)
{
	char id[UUID_CHARS + 1];

	uuid_print(access_log_id(NOON, TEXT("r1")), id);
	cr_assert(id[14] == '7' && strchr("89ab", id[19]) != NULL, "%s", id);
}

Test(access_log_id, a_time_before_time_is_its_beginning)
{
	cr_assert(uuid_eq(access_log_floor(-1), access_log_floor(0)));
}
