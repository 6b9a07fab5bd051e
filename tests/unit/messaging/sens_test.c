/* The pure parts of the SENS client: the signature, and what a text message can carry. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/text.h"
#include "services/messaging/sens/call.h"
#include "services/messaging/sens/euckr.h"
#include "services/messaging/sens/sens.h"

static struct req rq;

static void
setup(void)
{
	req_begin(&rq, NULL, arena_open(1 << 24), TEXT("test"), 1000);
}

static void
teardown(void)
{
	struct arena *mem = rq.mem;

	req_end(&rq);
	arena_close(&mem);
}

TestSuite(sens, .init = setup, .fini = teardown);

#define SMS_PATH "/sms/v2/services/ncp:sms:kr:123456789012:demo/messages"

static const struct { const char *method, *path, *signature; } vectors[] = {
	{ "POST", SMS_PATH, "pBaEDf1hJfRi8DPqaLkqpt7hAidMyPhCUQHDWP3jN0c=" },
	{ "GET", SMS_PATH "?requestId=RSLA-1", "VLpznqmsLcjRP4UK4juXx3pB9jLn5PyndltAmTWazw0=" },
};

Test(sens, the_signature_is_that_of_the_vectors)
{
	static const struct sens_account account = { "ACCESSKEY", "SECRETKEY" };

	for (size_t i = 0; i < COUNT_OF(vectors); i++)
		cr_assert(text_is(sens_signature(rq.mem, &account, vectors[i].method, text_of(vectors[i].path), "1700000000000"),
		    vectors[i].signature), "%s %s", vectors[i].method, vectors[i].path);
}

static const struct { const char *in, *out; size_t max; } cleaned[] = {
	{ "", "", 90 }, { "abc", "abc", 90 }, { "abc", "ab", 2 }, { "abc", "", 0 },
	{ "안녕 – 하세요 — 네", "안녕 - 하세요 - 네", 90 },
	{ "₩1,000", "원1,000", 90 },
	{ "a\xc2\xa0z", "a z", 90 },
	{ "똠방각하", "?방각하", 90 },                        /* in CP949 only */
	{ "축하해요🎉!", "축하해요?!", 90 },
	{ "👨‍👩‍👧", "?????", 90 },                           /* three of them and two joiners */
	{ "가나다", "가나다", 6 }, { "가나다", "가나", 5 }, { "가나다", "가나", 4 }, { "가나다", "가", 3 }, { "가나다", "", 1 },
	{ "a가", "a", 2 }, { "a가", "a가", 3 },
	{ "₩₩", "원", 3 },
	{ "줄\n바꿈\t", "줄\n바꿈\t", 90 },
	{ "漢字 ①②③ ㎏ ㈜ ♥", "漢字 ①②③ ㎏ ㈜ ♥", 90 },
	{ "é ü", "? ?", 90 },
};

Test(sens, a_text_is_cleaned_and_cut_between_letters)
{
	for (size_t i = 0; i < COUNT_OF(cleaned); i++) {
		struct text got = euckr_clean(&rq, text_of(cleaned[i].in), cleaned[i].max);

		cr_assert(text_is(got, cleaned[i].out), "%s at %zu: %.*s", cleaned[i].in, cleaned[i].max, TEXT_ARG(got));
	}
}

Test(sens, what_is_cleaned_once_stays_as_it_is)
{
	for (size_t i = 0; i < COUNT_OF(cleaned); i++) {
		struct text once = euckr_clean(&rq, text_of(cleaned[i].in), cleaned[i].max);

		cr_assert(text_eq(euckr_clean(&rq, once, cleaned[i].max), once), "%s", cleaned[i].in);
	}
}

Test(sens, bytes_that_are_no_utf8_do_no_harm)
{
	static const char *const odd[] = { "\xff\xfe", "\x80", "a\xe3\x81", "\xf0\x9f", "\xc3", "\xed\xa0\x80" };

	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		struct text got = euckr_clean(&rq, text_of(odd[i]), 90);

		cr_assert(text_is_utf8(got) && got.len <= 4, "row %zu", i);
	}
}

Test(sens, a_long_text_fills_an_sms_and_not_more)
{
	char long_text[3 * 100 + 1] = "";

	for (int i = 0; i < 100; i++)
		(void)strcat(long_text, "가");
	cr_assert_eq(euckr_clean(&rq, text_of(long_text), SMS_MAX_BYTES).len, 3 * 45);
	cr_assert_eq(euckr_clean(&rq, text_of(long_text), LMS_MAX_BYTES).len, 3 * 100);
}
