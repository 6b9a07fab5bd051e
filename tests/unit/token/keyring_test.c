/* Key rings as configuration gives them. */
#include "common/core/text.h"
#include "common/token/digest.h"
#include <criterion/criterion.h>

#define ONES  "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define TWOS  "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="

Test(keyring, keeps_the_order_and_finds_by_name)
{
	struct keyring ring;

	cr_assert(keyring_parse("new:" ONES ",old:" TWOS, &ring));
	cr_assert_eq(ring.n, 2);
	cr_assert_str_eq(ring.at[0].kid, "new");
	cr_assert_eq(keyring_find(&ring, TEXT("old"))->b[31], 2);
	cr_assert_eq(keyring_find(&ring, TEXT("new"))->b[0], 1);
	cr_assert_null(keyring_find(&ring, TEXT("ne")));
	cr_assert_null(keyring_find(&ring, TEXT("")));
}

#define EIGHT "a:" ONES ",b:" ONES ",c:" ONES ",d:" ONES ",e:" ONES ",f:" ONES ",g:" ONES ",h:" ONES

Test(keyring, eight_keys_go_in_and_a_ninth_does_not)
{
	struct keyring ring;

	cr_assert(keyring_parse(EIGHT, &ring));
	cr_assert_not(keyring_parse(EIGHT ",i:" ONES, &ring));
	cr_assert_eq(ring.n, 0, "a refused ring holds no key");
}

Test(keyring, refuses_what_is_not_kid_and_32_bytes)
{
	static const char *const bad[] = {
		NULL, "", ",", "a", "a:", ":" ONES, "a:" ONES ",", "a:" ONES ",a:" TWOS, "a.b:" ONES, "a|b:" ONES,
		"a:AQEB", "a:" ONES "AAAA", "a:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
		"a:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBA===", "a:*QEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
		"a:=QEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", "abcdefghijklmnopqrstuvwxyz123456:" ONES,
	};
	struct keyring ring;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_assert_not(keyring_parse(bad[i], &ring), "took '%s'", bad[i] != NULL ? bad[i] : "NULL");
	cr_assert(keyring_parse("abcdefghijklmnopqrstuvwxyz12345:" ONES, &ring), "31 letters fit");
}
