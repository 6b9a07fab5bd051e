/* What is kept of a change: the fields that differ, and nothing that is secret or long. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/audit/room.h"
#include "common/core/text.h"

struct thing {
	struct text name, phone, url, secret;
	int64_t     price_krw;
	bool        has_note;
	struct text note, extra;
};

#define AT(f)            .at = (uint16_t)offsetof(struct thing, f)
#define TEXT_FIELD(f, of, fl, m) { .name = #f, .kind = MSG_TEXT, .format = of, .flags = fl, AT(f), .mark = m }
static const struct msg_field fields[] = {
	TEXT_FIELD(name, MSG_ANY, MSG_REQUIRED, MSG_NONE),
	TEXT_FIELD(phone, MSG_PHONE, MSG_REQUIRED, MSG_NONE),
	TEXT_FIELD(url, MSG_URI, MSG_REQUIRED, MSG_NONE),
	TEXT_FIELD(secret, MSG_ANY, MSG_REQUIRED | MSG_SECRET, MSG_NONE),
	{ .name = "priceKrw", .kind = MSG_I64, .flags = MSG_REQUIRED, AT(price_krw), .mark = MSG_NONE },
	TEXT_FIELD(note, MSG_ANY, 0, (uint16_t)offsetof(struct thing, has_note)),
	{ .name = "extra", .kind = MSG_JSON, .flags = MSG_REQUIRED, AT(extra), .mark = MSG_NONE },
};
static const struct msg_type type = { "thing", sizeof(struct thing), _Alignof(struct thing), fields, COUNT_OF(fields), false };

static struct arena *mem;

static void
begin(void)
{
	mem = arena_open(64 << 20);
}

static void
end(void)
{
	arena_close(&mem);
}

TestSuite(audit, .init = begin, .fini = end);

static struct thing
mug(void)
{
	return (struct thing){ .name = TEXT("머그컵"), .phone = TEXT("01012345678"),
		.url = TEXT("https://example.com/in?token=abc"), .secret = TEXT("whsec_1"), .price_krw = 12000,
		.extra = TEXT("{}") };
}

static void
says(struct audit_sides s, const char *before, const char *after)
{
	cr_assert(before == NULL ? s.before.at == NULL : text_is(s.before, before), "%.*s", TEXT_ARG(s.before));
	cr_assert(after == NULL ? s.after.at == NULL : text_is(s.after, after), "%.*s", TEXT_ARG(s.after));
}

static struct audit_sides
sides(const struct thing *before, const struct thing *after)
{
	return audit_sides(mem, &(struct audit){ .type = &type, .before = before, .after = after });
}

Test(audit, only_what_differs_is_kept)
{
	struct thing was = mug(), is = mug();

	says(sides(&was, &is), NULL, NULL);
	is.price_krw = 9900;
	is.has_note = true;
	is.note = TEXT("\"sale\"");
	says(sides(&was, &is), "{\"priceKrw\":12000}", "{\"priceKrw\":9900,\"note\":\"\\\"sale\\\"\"}");
}

Test(audit, what_is_new_has_no_before_and_what_is_gone_no_after)
{
	struct thing one = mug();

	says(sides(NULL, &one), NULL, "{\"name\":\"머그컵\",\"phone\":\"010****5678\",\"url\":\"https://example.com/in\","
	    "\"priceKrw\":12000,\"extra\":{}}");
	says(sides(&one, NULL), "{\"name\":\"머그컵\",\"phone\":\"010****5678\",\"url\":\"https://example.com/in\","
	    "\"priceKrw\":12000,\"extra\":{}}", NULL);
}

Test(audit, secrets_are_left_out_even_when_only_they_change)
{
	struct thing was = mug(), is = mug();

	is.secret = TEXT("whsec_2");
	says(sides(&was, &is), NULL, NULL);
}

Test(audit, a_long_value_is_told_by_its_length)
{
	struct thing was = mug(), is = mug();

	is.name = text_of(arena_printf(mem, "%0*d", AUDIT_VALUE_BYTES + 1, 7));
	is.extra = text_of(arena_printf(mem, "{\"a\":\"%0*d\"}", AUDIT_VALUE_BYTES, 7));
	says(sides(&was, &is), "{\"name\":\"머그컵\",\"extra\":{}}", "{\"name\":\"… 1025 bytes\",\"extra\":\"… 1040 bytes\"}");
}

Test(audit, named_values_are_as_in_the_log)
{
	struct audit a = { .was = AUDIT_OF(kv_t("nothing", (struct text){ NULL, 0 })),
		.is = AUDIT_OF(kv_s("state", "member"), kv_i("n", -3), kv_phone("phone", TEXT("01012345678")),
		    kv_u("id", (struct uuid){ { 1 } })) };

	says(audit_sides(mem, &a), NULL, "{\"state\":\"member\",\"n\":-3,\"phone\":\"010****5678\","
	    "\"id\":\"01000000-0000-0000-0000-000000000000\"}");
}

Test(audit, what_does_not_fit_is_cut_and_says_so)
{
	struct kv many[12] = { { .kind = KV_END } };
	struct audit a = { .is = many };
	struct text after;

	for (size_t i = 0; i + 1 < COUNT_OF(many); i++)
		many[i] = kv_s("k", arena_printf(mem, "%0*d", AUDIT_VALUE_BYTES, 7));
	many[COUNT_OF(many) - 1] = (struct kv){ .kind = KV_END };
	after = audit_sides(mem, &a).after;
	cr_assert_leq(after.len, AUDIT_BYTES);
	cr_assert(text_ends(after, TEXT(",\"cut\":true}")));
}
