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
	cr_assert_eq(keyring_next(&ring, TEXT("old"), NULL)->b[31], 2);
	cr_assert_eq(keyring_next(&ring, TEXT("new"), NULL)->b[0], 1);
	cr_assert_null(keyring_next(&ring, TEXT("ne"), NULL));
	cr_assert_null(keyring_next(&ring, TEXT(""), NULL));
}

Test(keyring, two_keys_of_one_name_are_both_good)
{
	struct keyring ring;
	const struct key256 *first, *second;

	cr_assert(keyring_parse("a:" ONES ",b:" ONES ",a:" TWOS, &ring));
	first = keyring_next(&ring, TEXT("a"), NULL);
	second = keyring_next(&ring, TEXT("a"), first);
	cr_assert_eq(first->b[0], 1);
	cr_assert_eq(second->b[0], 2);
	cr_assert_null(keyring_next(&ring, TEXT("a"), second));
	cr_assert_null(keyring_next(&ring, TEXT("b"), keyring_next(&ring, TEXT("b"), NULL)));
}

Test(keylist, opens_what_any_of_its_keys_has_sealed)
{
	struct arena *mem = arena_open(65536);
	struct keylist old, both, later;
	struct text aad = TEXT("place"), sealed, plain;

	cr_assert(keylist_parse(ONES, &old) && keylist_parse(TWOS "," ONES, &both) && keylist_parse(TWOS, &later));
	sealed = seal(mem, &old.at[0], aad, TEXT("042817"));
	cr_assert(keylist_unseal(mem, &both, aad, sealed, &plain) && text_is(plain, "042817"));
	cr_assert_not(keylist_unseal(mem, &later, aad, sealed, &plain));
	sealed = seal(mem, &both.at[0], aad, TEXT("042817"));
	cr_assert(keylist_unseal(mem, &later, aad, sealed, &plain));
	cr_assert_not(keylist_parse(ONES ",", &both));
	cr_assert_not(keylist_parse("", &both));
	cr_assert_not(keylist_parse(ONES "," ONES "," ONES "," ONES "," ONES, &both));
	arena_close(&mem);
}

#define EIGHT "a:" ONES ",b:" ONES ",c:" ONES ",d:" ONES ",e:" ONES ",f:" ONES ",g:" ONES ",h:" ONES

Test(keyring, sixteen_keys_go_in_and_one_more_does_not)
{
	struct keyring ring;

	cr_assert(keyring_parse(EIGHT "," EIGHT, &ring));
	cr_assert_not(keyring_parse(EIGHT "," EIGHT ",i:" ONES, &ring));
	cr_assert_eq(ring.n, 0, "a refused ring holds no key");
}

Test(keyring, refuses_what_is_not_kid_and_32_bytes)
{
	static const char *const bad[] = {
		NULL, "", ",", "a", "a:", ":" ONES, "a:" ONES ",", "a.b:" ONES, "a|b:" ONES,
		"a:AQEB", "a:" ONES "AAAA", "a:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
		"a:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBA===", "a:*QEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
		"a:=QEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", "abcdefghijklmnopqrstuvwxyz123456:" ONES,
	};
	struct keyring ring;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		cr_assert_not(keyring_parse(bad[i], &ring), "took '%s'", bad[i] != NULL ? bad[i] : "NULL");
	cr_assert(keyring_parse("abcdefghijklmnopqrstuvwxyz12345:" ONES, &ring), "31 letters fit");
}
