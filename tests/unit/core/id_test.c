/* UUIDs and randomness. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"

Test(id, a_new_uuid_is_version_7_and_carries_the_time)
{
	int64_t before = clock_now_us() / 1000, ms = 0;
	struct uuid u = uuid_new();

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | u.b[i];
	cr_assert_geq(ms, before);
	cr_assert_leq(ms, clock_now_us() / 1000);
	cr_assert_eq(u.b[6] >> 4, 7);
	cr_assert_eq(u.b[8] >> 6, 2);
}

Test(id, uuids_sort_by_the_microsecond)
{
	struct uuid last = uuid_new();

	for (int i = 0; i < 2000; i++) {
		int64_t now = clock_now_us();
		struct uuid u;

		while (clock_now_us() <= now + 1)
			continue;
		u = uuid_new();
		cr_assert_lt(memcmp(last.b, u.b, sizeof(u.b)), 0);
		last = u;
	}
}

Test(id, no_two_uuids_are_equal)
{
	static struct uuid u[3000];

	for (size_t i = 0; i < COUNT_OF(u); i++)
		u[i] = uuid_new();
	for (size_t i = 0; i < COUNT_OF(u); i++) {
		for (size_t j = 0; j < i; j++)
			cr_assert_not(uuid_eq(u[i], u[j]));
	}
}

Test(id, text_and_back)
{
	char out[UUID_CHARS + 1];
	struct uuid u = uuid_new(), back;

	uuid_print(u, out);
	cr_assert_eq(strlen(out), UUID_CHARS);
	cr_assert(uuid_parse(text_of(out), &back) && uuid_eq(u, back));
	cr_assert(uuid_parse(TEXT("0190A0B0-c0d0-7ABC-8def-0123456789AB"), &back));
	uuid_print(back, out);
	cr_assert_str_eq(out, "0190a0b0-c0d0-7abc-8def-0123456789ab");
}

Test(id, other_spellings_are_refused)
{
	struct uuid u;

	cr_assert_not(uuid_parse(TEXT(""), &u));
	cr_assert_not(uuid_parse(TEXT("0190a0b0c0d07abc8def0123456789ab"), &u));
	cr_assert_not(uuid_parse(TEXT("{0190a0b0-c0d0-7abc-8def-0123456789a"), &u));
	cr_assert_not(uuid_parse(TEXT("0190a0b0-c0d0-7abc-8def-0123456789ag"), &u));
	cr_assert_not(uuid_parse(TEXT("0190a0b0-c0d0-7abc-8def-0123456789abc"), &u));
	cr_assert_not(uuid_parse(TEXT("0190a0b0xc0d0-7abc-8def-0123456789ab"), &u));
	cr_assert_not(uuid_parse(TEXT("0190a0b-0c0d0-7abc-8def-0123456789ab"), &u));
}

Test(id, nil_is_nil)
{
	cr_assert(uuid_is_nil((struct uuid){ { 0 } }));
	cr_assert_not(uuid_is_nil((struct uuid){ { [15] = 1 } }));
}

Test(id, random_numbers_stay_below_and_reach_every_value)
{
	int seen[6] = { 0 };

	for (int i = 0; i < 6000; i++) {
		uint32_t n = random_below(6);
		cr_assert_lt(n, 6);
		seen[n]++;
	}
	for (int i = 0; i < 6; i++)
		cr_assert(
		    seen[i] > 700 && seen[i] < 1300, "value %d came %d times of 6000", i, seen[i]);
	cr_assert_eq(random_below(1), 0);
}

Test(id, a_letter_that_is_no_digit_is_refused_wherever_it_stands)
{
	char text[UUID_CHARS + 1];
	struct uuid u, back;

	for (int n = 0; n < 256; n++) {
		memset(u.b, n, sizeof(u.b));
		u.b[n % 16] = (uint8_t)~n;
		uuid_print(u, text);
		cr_assert(uuid_parse((struct text){ text, UUID_CHARS }, &back) && uuid_eq(u, back), "%s", text);
		for (size_t at = 0; at < UUID_CHARS; at++) {
			char was = text[at];
			text[at] = (char)n;
			bool fits = was == '-' ? n == '-' : n != 0 && strchr("0123456789abcdefABCDEF", n) != NULL;
			cr_assert_eq(uuid_parse((struct text){ text, UUID_CHARS }, &back), fits, "%02x at %zu", (unsigned)n, at);
			text[at] = was;
		}
	}
}
