/* The secrets auth makes and the rule for those it is given; no database. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "services/auth/auth.h"
#include "services/auth/session/tokens.h"
#include "services/auth/verification/code.h"
#include "services/auth/signup/token.h"
#include "services/auth/password/rule.h"

static struct auth auth;
static struct app app = { .state = &auth };
static struct req rq;

static void
setup(void)
{
	req_begin(&rq, &app, arena_open(1 << 24), TEXT("test"), 1000);
	memset(auth.refresh_key.b, 1, KEY_BYTES);
	memset(auth.code_key.b, 2, KEY_BYTES);
	memset(auth.seal_key.b, 3, KEY_BYTES);
}

static void
teardown(void)
{
	struct arena *mem = rq.mem;

	req_end(&rq);
	arena_close(&mem);
}

TestSuite(secrets, .init = setup, .fini = teardown);

static const struct { const char *password; bool good; } passwords[] = {
	{ "Wooden_Desk_1", true }, { "a1!", true }, { "1{a", true }, { "a1:", true }, { "한글a1!", true },
	{ "onlyletters", false }, { "12345678", false }, { "letters1", false }, { "letters!", false }, { "1234567!", false },
	{ "a1-", false }, { "a1 ", false }, { "한글1!", false }, { "", false },
};

Test(secrets, a_password_has_a_letter_a_digit_and_a_special)
{
	for (size_t i = 0; i < COUNT_OF(passwords); i++) {
		struct err_fields fs = { .rq = &rq };
		const struct err *e;

		password_rule(&fs, "/password", text_of(passwords[i].password));
		e = err_fields_done(&fs);
		cr_assert_eq(e == NULL, passwords[i].good, "%s", passwords[i].password);
		if (e != NULL)
			cr_assert(strcmp(e->fields->pointer, "/password") == 0 && strcmp(e->fields->code, "weak") == 0);
	}
}

Test(secrets, a_nul_in_a_password_is_no_special_character)
{
	struct err_fields fs = { .rq = &rq };

	password_rule(&fs, "/password", (struct text){ "letters1\0", 9 });
	cr_assert_not_null(err_fields_done(&fs));
}

Test(secrets, codes_have_six_digits_leading_zeros_included)
{
	int zeros = 0;

	for (int i = 0; i < 2000; i++) {
		struct text code = code_new(&rq);

		cr_assert(code.len == CODE_DIGITS && strspn(code.at, "0123456789") == CODE_DIGITS, "%.*s", TEXT_ARG(code));
		zeros += code.at[0] == '0';
	}
	cr_assert(zeros > 100 && zeros < 320, "a tenth begins with 0: %d", zeros);
}

Test(secrets, the_hash_of_a_code_is_keyed_and_of_its_verification)
{
	struct uuid one = uuid_new(), other = uuid_new();
	struct text digest = code_digest(&rq, one, TEXT("042817"));

	cr_assert_eq(digest.len, SHA256_BYTES);
	cr_assert(text_eq(digest, code_digest(&rq, one, TEXT("042817"))));
	cr_assert_not(text_eq(digest, code_digest(&rq, one, TEXT("042818"))));
	cr_assert_not(text_eq(digest, code_digest(&rq, other, TEXT("042817"))));
	auth.code_key.b[0] ^= 1;
	cr_assert_not(text_eq(digest, code_digest(&rq, one, TEXT("042817"))));
}

Test(secrets, a_sealed_code_differs_each_time_and_opens)
{
	struct uuid id = uuid_new();
	struct text bound = { (const char *)id.b, sizeof(id.b) }, code;
	struct text one = code_sealed(&rq, id, TEXT("042817")), two = code_sealed(&rq, id, TEXT("042817"));

	cr_assert_not(text_eq(one, two));
	cr_assert(unseal(rq.mem, &auth.seal_key, bound, one, &code) && text_is(code, "042817"));
	cr_assert(memmem(one.at, one.len, "042817", 6) == NULL);
}

Test(secrets, the_successor_depends_on_all_it_is_derived_from)
{
	struct uuid family = uuid_new();
	struct text parent = handle_new(&rq), next = refresh_successor(&rq, parent, family, 2);

	cr_assert_eq(next.len, 43);
	cr_assert(text_eq(next, refresh_successor(&rq, parent, family, 2)), "derived, not drawn");
	cr_assert_not(text_eq(next, refresh_successor(&rq, handle_new(&rq), family, 2)));
	cr_assert_not(text_eq(next, refresh_successor(&rq, parent, uuid_new(), 2)));
	cr_assert_not(text_eq(next, refresh_successor(&rq, parent, family, 3)));
	auth.refresh_key.b[31] ^= 1;
	cr_assert_not(text_eq(next, refresh_successor(&rq, parent, family, 2)), "a dump without the key yields none");
}

Test(secrets, a_handle_is_known_by_its_digest_alone)
{
	struct text handle = handle_new(&rq), digest = handle_digest(&rq, handle);

	cr_assert(handle.len == 43 && digest.len == SHA256_BYTES);
	cr_assert(text_eq(digest, handle_digest(&rq, handle)));
	cr_assert_not(text_eq(digest, handle_digest(&rq, handle_new(&rq))));
}
