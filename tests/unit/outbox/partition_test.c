#include <criterion/criterion.h>
#include <string.h>

#include "common/core/id.h"
#include "common/outbox/outbox.h"

/* Figures of python3: hashlib.sha256(bytes.fromhex(key)).digest()[0] % 16 */
Test(outbox, a_partition_is_the_first_byte_of_the_keys_sha256)
{
	struct uuid zero = { { 0 } }, ones, one;

	memset(ones.b, 0xff, sizeof(ones.b));
	cr_assert(
	    uuid_parse((struct text){ "01920000-0000-7000-8000-000000000001", UUID_CHARS }, &one));
	cr_assert_eq(outbox_partition(zero), 7);
	cr_assert_eq(outbox_partition(one), 9);
	cr_assert_eq(outbox_partition(ones), 10);
}

Test(outbox, keys_that_differ_in_one_bit_are_spread_over_all_partitions)
{
	int seen[OUTBOX_PARTITIONS] = { 0 };
	struct uuid key = { { 7 } };

	for (int i = 0; i < 1600; i++) {
		key.b[14] = (uint8_t)(i >> 8);
		key.b[15] = (uint8_t)i;
		seen[outbox_partition(key)]++;
	}
	for (int p = 0; p < OUTBOX_PARTITIONS; p++)
		cr_assert(seen[p] > 60 && seen[p] < 140, "partition %d has %d of 1600", p, seen[p]);
}
