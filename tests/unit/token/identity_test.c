/* The identity header: what holds, and everything that must not. */
#include "common/core/text.h"
#include "common/token/identity.h"
#include <criterion/criterion.h>
#include <string.h>

#define NOW_US INT64_C(1800000000000000)

static struct req     rq;
static struct keyring ring;

static const struct identity caller = {
	.who = WHO_STAFF, .user = { { 1 } }, .company = { { 2 } }, .session = { { 3 } },
	.permissions = 0xffffffff1fULL, .request_id = { "req-1", 5 }, .client_ip = { "203.0.113.7", 11 },
	.issued_us = NOW_US,
};

static void
set_up(void)
{
	rq = (struct req){ .mem = arena_open(1 << 20), .now_us = NOW_US };
	cr_assert(keyring_parse("k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=,"
	    "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", &ring));
}

static void
tear_down(void)
{
	arena_close(&rq.mem);
}

TestSuite(identity, .init = set_up, .fini = tear_down);

static struct text
sign(const struct identity *id)
{
	return identity_sign(rq.mem, ring.at[0].kid, &ring.at[0].key, "commerce", TEXT("POST"),
	    TEXT("/api/orders?x=1"), id);
}

static bool
holds_for(const char *aud, const char *method, const char *path, struct text header, struct identity *out)
{
	const struct err *e = identity_verify(&rq, &ring, aud, text_of(method), text_of(path), header, out);

	if (e != NULL) {
		cr_assert_eq(e->code, E_UNKNOWN_WHO);
		cr_assert_str_eq(e->slug, "identity.invalid");
	}
	return e == NULL;
}

static bool
holds(struct text header)
{
	struct identity out;

	return holds_for("commerce", "POST", "/api/orders?x=1", header, &out);
}

Test(identity, what_was_signed_is_what_is_read)
{
	struct identity out;

	cr_assert(holds_for("commerce", "POST", "/api/orders?x=1", sign(&caller), &out));
	cr_assert_eq(out.who, caller.who);
	cr_assert(memcmp(&out.user, &caller.user, 16) == 0 && memcmp(&out.company, &caller.company, 16) == 0);
	cr_assert(memcmp(&out.session, &caller.session, 16) == 0);
	cr_assert_eq(out.permissions, caller.permissions);
	cr_assert(text_is(out.request_id, "req-1") && text_is(out.client_ip, "203.0.113.7"));
	cr_assert_eq(out.issued_us, NOW_US);
}

Test(identity, anonymous_and_the_largest_caller_fit)
{
	struct identity big = caller;

	big.who = WHO_SERVICE;
	big.permissions = UINT64_MAX;
	big.request_id = TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	big.client_ip = TEXT("ABCD:ABCD:ABCD:ABCD:ABCD:ABCD:192.168.158.190");
	cr_assert_eq(big.client_ip.len, 45);
	cr_assert(holds(sign(&big)));
	cr_assert_leq(sign(&big).len, IDENTITY_MAX_BYTES);
	cr_assert(holds(sign(&(struct identity){ .who = WHO_ANYONE, .issued_us = NOW_US })));
}

Test(identity, is_bound_to_service_method_and_path_with_query)
{
	struct identity out;
	struct text     h = sign(&caller);

	cr_assert_not(holds_for("billing", "POST", "/api/orders?x=1", h, &out));
	cr_assert_not(holds_for("commerce", "GET", "/api/orders?x=1", h, &out));
	cr_assert_not(holds_for("commerce", "POST", "/api/orders?x=2", h, &out));
	cr_assert_not(holds_for("commerce", "POST", "/api/orders", h, &out));
	cr_assert_not(holds_for("commerce", "POS", "T/api/orders?x=1", h, &out), "fields must not run together");
	cr_assert_not(holds_for("commerceP", "OST", "/api/orders?x=1", h, &out));
}

Test(identity, lives_thirty_seconds_either_way)
{
	struct text h = sign(&caller);

	rq.now_us = NOW_US + 30 * 1000000;
	cr_assert(holds(h));
	rq.now_us++;
	cr_assert_not(holds(h), "too old");
	rq.now_us = NOW_US - 30 * 1000000;
	cr_assert(holds(h));
	rq.now_us--;
	cr_assert_not(holds(h), "from the future");
}

Test(identity, no_bit_of_it_may_change)
{
	struct text h = sign(&caller);

	for (size_t i = 0; i < h.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			char *bent = arena_zero(rq.mem, h.len, 1);

			memcpy(bent, h.at, h.len);
			bent[i] = (char)(bent[i] ^ (1 << bit));
			cr_assert_not(holds((struct text){ bent, h.len }), "byte %zu bit %d", i, bit);
		}
		if (i % 16 == 0)
			arena_reset(rq.mem), h = sign(&caller);
	}
}

Test(identity, neither_cut_short_nor_lengthened_nor_repeated)
{
	struct text h = sign(&caller);

	for (size_t n = 0; n < h.len; n++)
		cr_assert_not(holds((struct text){ h.at, n }));
	cr_assert_not(holds(text_of(arena_printf(rq.mem, "%.*s, %.*s", TEXT_ARG(h), TEXT_ARG(h)))),
	    "two copies joined as HTTP joins them");
	cr_assert_not(holds(text_of(arena_printf(rq.mem, "%.*s.", TEXT_ARG(h)))));
	cr_assert_not(holds(text_of(arena_printf(rq.mem, "%.*s=", TEXT_ARG(h)))));
	cr_assert_not(holds(text_of(arena_printf(rq.mem, " %.*s", TEXT_ARG(h)))));
	char *huge = arena_zero(rq.mem, 100000, 1);
	memset(huge, 'a', 100000);
	cr_assert_not(holds((struct text){ huge, 100000 }));
}

Test(identity, an_older_key_of_the_ring_still_holds_and_an_unknown_one_does_not)
{
	struct text old = identity_sign(rq.mem, "k1", &ring.at[1].key, "commerce", TEXT("POST"),
	    TEXT("/api/orders?x=1"), &caller);
	struct text unknown = identity_sign(rq.mem, "k3", &ring.at[1].key, "commerce", TEXT("POST"),
	    TEXT("/api/orders?x=1"), &caller);
	struct text wrong = identity_sign(rq.mem, "k2", &ring.at[1].key, "commerce", TEXT("POST"),
	    TEXT("/api/orders?x=1"), &caller);

	cr_assert(holds(old));
	cr_assert_not(holds(unknown));
	cr_assert_not(holds(wrong), "a key under another's name");
	ring.n = 0;
	cr_assert_not(holds(old), "without keys nothing holds");
}

/* Signs a payload of any text, as only who has the key could. */
static bool
payload_holds(const char *payload)
{
	struct text  p = text_base64url(rq.mem, text_of(payload));
	const struct text f[] = { TEXT("v1"), TEXT("k2"), TEXT("commerce"), TEXT("POST"), TEXT("/api/orders?x=1"), p };
	char         all[2048], *at = all;
	uint8_t      mac[SHA256_BYTES];

	for (size_t i = 0; i < COUNT_OF(f); i++) {
		const char length[4] = { 0, 0, (char)(f[i].len >> 8), (char)f[i].len };

		at = mempcpy(mempcpy(at, length, 4), f[i].at, f[i].len);
	}
	digest_hmac((struct text){ (const char *)ring.at[0].key.b, 32 }, (struct text){ all, (size_t)(at - all) }, mac);
	struct text m = text_base64url(rq.mem, (struct text){ (const char *)mac, 32 });
	return holds(text_of(arena_printf(rq.mem, "v1.k2.%.*s.%.*s", TEXT_ARG(p), TEXT_ARG(m))));
}

#define U "01000000-0000-7000-8000-000000000000"

Test(identity, a_signed_payload_must_still_be_well_formed)
{
	cr_assert(payload_holds("1800000000000000|2|" U "|" U "|1f|" U "|r|1.2.3.4"), "the control");
	cr_assert_not(payload_holds("1800000000000000|2|" U "|" U "|1f|" U "|r"));
	cr_assert_not(payload_holds("1800000000000000|2|" U "|" U "|1f|" U "|r|1.2.3.4|"));
	cr_assert_not(payload_holds("1800000000000000|3|" U "|" U "|1f|" U "|r|1.2.3.4"), "two callers in one");
	cr_assert_not(payload_holds("1800000000000000|64|" U "|" U "|1f|" U "|r|1.2.3.4"));
	cr_assert_not(payload_holds("1800000000000000|0|" U "|" U "|1f|" U "|r|1.2.3.4"));
	cr_assert_not(payload_holds("99999999999999999999|2|" U "|" U "|1f|" U "|r|1.2.3.4"));
	cr_assert_not(payload_holds("-9223372036854775808|2|" U "|" U "|1f|" U "|r|1.2.3.4"));
	cr_assert_not(payload_holds("1800000000000000|2|" U "|x|1f|" U "|r|1.2.3.4"));
	cr_assert_not(payload_holds("1800000000000000|2|" U "|" U "|1F|" U "|r|1.2.3.4"));
	cr_assert_not(payload_holds("1800000000000000|2|" U "|" U "|11111111111111111|" U "|r|1.2.3.4"));
	cr_assert_not(payload_holds("1800000000000000|2|" U "|" U "|1f|" U "|r r|1.2.3.4"));
	cr_assert_not(payload_holds("1800000000000000|2|" U "|" U "|1f|" U "|r|evil.example"));
}

/* While a key is replaced, what either of the two has signed holds. */
Test(identity, a_key_holds_beside_its_successor_and_not_without_it)
{
	static const char both[] = "k2:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=,"
	    "k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
	struct text old = sign(&caller), fresh;
	struct identity out;

	cr_assert(keyring_parse(both, &ring));
	fresh = sign(&caller);
	cr_assert(holds_for("commerce", "POST", "/api/orders?x=1", old, &out));
	cr_assert(holds_for("commerce", "POST", "/api/orders?x=1", fresh, &out));
	ring.n = 1;
	cr_assert_not(holds_for("commerce", "POST", "/api/orders?x=1", old, &out));
	cr_assert(holds_for("commerce", "POST", "/api/orders?x=1", fresh, &out));
}
