/* msgpack: round trips, exact bytes, and bytes made to hurt. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/core/text.h"
#include "common/json/json.h"
#include "common/pack/pack.h"
#include "tests/unit/json/sample.h"

#define BYTES(literal) ((struct text){ (literal), sizeof(literal) - 1 })

static struct arena *mem;
static struct req rq;
static struct sample in;

static void
open_req(void)
{
	mem = arena_open(4 << 20);
	req_begin(&rq, NULL, mem, TEXT("test"), 1000);
}

static void
close_req(void)
{
	req_end(&rq);
	arena_close(&mem);
}
TestSuite(pack, .init = open_req, .fini = close_req);

static struct text
packed(const char *json)
{
	struct err_fields fs = { .rq = &rq };
	struct buf b = buf_in(mem, PACK_MAX_BYTES);

	memset(&in, 0, sizeof(in));
	cr_assert_null(json_read(&rq, text_of(json), &sample_type, &in, &fs));
	cr_assert_null(err_fields_done(&fs));
	pack_write(&b, &sample_type, &in);
	cr_assert_not(b.overflow);
	return buf_as_text(&b);
}

static const char *
fault(struct text bytes)
{
	const struct err *e;

	memset(&in, 0, sizeof(in));
	e = pack_read(&rq, bytes, &sample_type, &in);
	if (e == NULL)
		return "";
	cr_assert_eq(e->code, E_INVALID);
	cr_assert_str_eq(e->slug, "event.malformed");
	return e->detail;
}

Test(pack, every_kind_survives_the_round_trip)
{
	struct text bytes = packed(SAMPLE_FULL);
	struct buf b = buf_in(mem, 65536);

	cr_assert_str_eq(fault(bytes), "");
	json_write(&b, &sample_type, &in);
	cr_assert(text_is(buf_as_text(&b), SAMPLE_FULL), "%.*s", TEXT_ARG(buf_as_text(&b)));
}

Test(pack, the_bytes_are_those_of_the_contracts_order)
{
	struct text bytes = packed(SAMPLE_SHORTEST);

	cr_assert(text_eq(bytes,
	    BYTES("\x86\xa4paid\xc3\xa5total\x0a\xa4name\xa1"
		  "a\xa7numbers\x90\xa4tags\xc0\xa4nick\xc0")));
	cr_assert(text_eq(bytes, packed(SAMPLE_SHORTEST)));
	cr_assert_str_eq(fault(bytes), "");
	cr_assert(in.paid && in.total == 10 && !in.has_nick && !in.has_memo);
	cr_assert_null(in.tags);
	cr_assert_not_null(in.numbers);
}

#define START "\xa4paid\xc3\xa5total\x0a\xa4name\xa1" "a\xa7numbers\x90\xa4nick\xc0"

Test(pack, unknown_fields_are_skipped_whatever_they_hold)
{
	cr_assert_str_eq(
	    fault(BYTES("\x86" START
			"\xa3new\x82\xa1x\x93\x01\xcb\x3f\xf8\0\0\0\0\0\0\xc4\x02zz\xa1y\xc0")),
	    "");
	cr_assert_str_eq(
	    fault(BYTES("\x86" START "\x05\x06")), "", "also under a key that is no text");
}

Test(pack, the_order_of_the_fields_means_nothing)
{
	cr_assert_str_eq(fault(BYTES("\x86\xa4nick\xc0\xa4tags\xc0\xa7numbers\x92\x01\xff\xa4name\xa1"
				     "a\xa5total\x0a\xa4paid\xc3")), "");
	cr_assert(in.paid && in.total == 10 && text_is(in.name, "a") && in.n_numbers == 2 && in.numbers[1] == -1);
}

/* The same numbers and lengths in every form that msgpack has for them. */
Test(pack, every_width_is_read)
{
	const struct { struct text bytes; int64_t is; } numbers[] = { { BYTES("\x0a"), 10 }, { BYTES("\xcc\x0a"), 10 },
		{ BYTES("\xcd\0\x0a"), 10 }, { BYTES("\xce\0\0\0\x0a"), 10 }, { BYTES("\xcf\0\0\0\0\0\0\0\x0a"), 10 },
		{ BYTES("\xcc\xfa"), 250 }, { BYTES("\xcd\xff\xfa"), 65530 }, { BYTES("\xce\0\x0f\x42\x40"), 1000000 },
		{ BYTES("\xd0\x0a"), 10 }, { BYTES("\xd1\0\x0a"), 10 }, { BYTES("\xd2\0\0\0\x0a"), 10 },
		{ BYTES("\xd3\0\0\0\0\0\0\0\x0a"), 10 } };
	const struct text names[] = { BYTES("\xa1" "a"), BYTES("\xd9\1" "a"), BYTES("\xda\0\1" "a"),
		BYTES("\xdb\0\0\0\1" "a") };
	const struct text lists[] = { BYTES("\x92\x03\xff"), BYTES("\xdc\0\2\x03\xd0\xff"),
		BYTES("\xdd\0\0\0\2\x03\xd3\xff\xff\xff\xff\xff\xff\xff\xff") };
	const struct text maps[] = { BYTES("\x86"), BYTES("\xde\0\6"), BYTES("\xdf\0\0\0\6") };

	for (size_t i = 0; i < COUNT_OF(numbers) * COUNT_OF(names) * COUNT_OF(lists) * COUNT_OF(maps); i++) {
		size_t n = i % COUNT_OF(numbers), j = i / COUNT_OF(numbers);
		struct buf b = buf_in(mem, 256);

		buf_text(&b, maps[j % COUNT_OF(maps)]);
		buf_text(&b, BYTES("\xa4paid\xc3\xa4tags\xc0\xa4nick\xc0\xa5total"));
		buf_text(&b, numbers[n].bytes);
		buf_text(&b, BYTES("\xa4name"));
		buf_text(&b, names[j / COUNT_OF(maps) % COUNT_OF(names)]);
		buf_text(&b, BYTES("\xa7numbers"));
		buf_text(&b, lists[j / COUNT_OF(maps) / COUNT_OF(names)]);
		cr_assert_str_eq(fault(buf_as_text(&b)), "", "%zu", i);
		cr_assert_eq(in.total, numbers[n].is);
		cr_assert(text_is(in.name, "a") && in.n_numbers == 2 && in.numbers[0] == 3 && in.numbers[1] == -1);
	}
}

Test(pack, a_name_that_goes_on_behind_a_nul_is_another_name)
{
	struct text bytes = BYTES("\x86" START "\xa8paid\0abc\xc2");

	cr_assert_str_eq(fault(bytes), "");
	cr_assert(in.paid);
	cr_assert_str_eq(fault(BYTES("\x85\xa5paid\0\xc3\xa5total\x0a\xa4name\xa1"
				     "a\xa7numbers\x90\xa4nick\xc0")), "/paid: required, is missing");
}

Test(pack, the_first_wrong_field_is_named)
{
	cr_assert_str_eq(fault(BYTES("\x80")), "/paid: required, is missing");
	cr_assert_str_eq(fault(BYTES("\x86" START "\xa5seats\xa1"
				     "1")),
	    "/seats: type, must be a whole number");
	cr_assert_str_eq(fault(BYTES("\x86" START "\xa5seats\xcb\x3f\xf8\0\0\0\0\0\0")),
	    "/seats: type, must be a whole number");
	cr_assert_str_eq(fault(BYTES("\x86" START "\xa5seats\xcf\xff\xff\xff\xff\xff\xff\xff\xff")),
	    "/seats: type, must be a whole number");
	cr_assert_str_eq(fault(BYTES("\x86" START "\xa5lines\x92\x82\xa3sku\xa1"
				     "a\xa8quantity\x01\x82\xa3sku\xa1"
				     "a\xa8quantity\x64")),
	    "/lines/1/quantity: too_large, must be at most 99");
	cr_assert_str_eq(fault(BYTES("\x86" START "\xa6"
				     "digest\xa2"
				     "ab")),
	    "/digest: type, must be base64url text");
	cr_assert_str_eq(fault(BYTES("\x86" START "\xa4memo\xc4\x01"
				     "a")),
	    "/memo: type, must be a text");
	cr_assert_str_eq(fault(BYTES("\x86" START "\xa4memo\xa2"
				     "a\xff")),
	    "/memo: format, must be UTF-8 without NUL");
	cr_assert_str_eq(fault(BYTES("\x86" START "\xa4memo\xa2"
				     "a\0")),
	    "/memo: format, must be UTF-8 without NUL");
	cr_assert_str_eq(fault(BYTES("\x86" START "\xa4memo\xc0")), "/memo: type, must be a text");
	cr_assert_str_eq(fault(BYTES("\x86" START "\xa5"
				     "extra\xa3{]}")),
	    "/extra: type, must be an object or an array");
	cr_assert_str_eq(fault(BYTES("\x86" START "\xa5"
				     "extra\xa1"
				     "5")),
	    "/extra: type, must be an object or an array");
	cr_assert_str_eq(fault(BYTES("\x86" START "\xa4paid\xc3")), "/paid: twice, stands twice");
}

Test(pack, five_bytes_cannot_ask_for_gigabytes)
{
	static const struct text bombs[] = {
		{ "\xdd\xff\xff\xff\xff", 5 },
		{ "\xdf\xff\xff\xff\xff", 5 },
		{ "\xdb\xff\xff\xff\xff", 5 },
		{ "\xc6\xff\xff\xff\xff", 5 },
		{ "\xc9\xff\xff\xff\xff", 5 },
		{ "\xdc\xff\xff", 3 },
		{ "\xde\xff\xff", 3 },
		{ "\xdf\x80\x00\x00\x00", 5 },
		{ "\xdd\x00\x00\x10\x00", 5 },
	};

	for (size_t i = 0; i < COUNT_OF(bombs); i++) {
		size_t before = arena_used(mem);
		cr_assert_str_neq(fault(bombs[i]), "", "bomb %zu", i);
		cr_assert_lt(arena_used(mem) - before, 1000);
	}
}

static struct text
nested(int depth)
{
	struct buf b = buf_in(mem, 65536);

	buf_text(&b, BYTES("\x86" START "\xa1x"));
	for (int i = 1; i < depth; i++)
		buf_byte(&b, 0x91);
	buf_byte(&b, 0xc0);
	return buf_as_text(&b);
}

Test(pack, eight_levels_are_taken_and_nine_are_not)
{
	cr_assert_str_eq(fault(nested(8)), "");
	cr_assert_not_null(strstr(fault(nested(9)), "nested too deeply"));
	cr_assert_not_null(strstr(fault(nested(60000)), "nested too deeply"));
}

static struct text
with_nils(size_t n)
{
	struct buf b = buf_in(mem, 65536);

	buf_text(&b, BYTES("\x86" START "\xa1x\xdc"));
	buf_byte(&b, (uint8_t)(n >> 8));
	buf_byte(&b, (uint8_t)n);
	for (size_t i = 0; i < n; i++)
		buf_byte(&b, 0xc0);
	return buf_as_text(&b);
}

/* One for the map itself, twelve for its keys and values, the rest in the array. */
Test(pack, the_number_of_values_is_bounded)
{
	cr_assert_str_eq(fault(with_nils(PACK_MAX_ITEMS - 13)), "");
	cr_assert_not_null(strstr(fault(with_nils(PACK_MAX_ITEMS - 12)), "too many values"));
}

Test(pack, the_number_of_bytes_is_bounded)
{
	char *large = arena_zero(mem, PACK_MAX_BYTES + 1, 1);

	cr_assert_not_null(strstr(fault((struct text){ large, PACK_MAX_BYTES + 1 }), "too long"));
}

Test(pack, every_cut_and_every_trailing_byte_is_refused)
{
	struct text bytes = packed(SAMPLE_FULL);
	char *longer = arena_zero(mem, bytes.len + 1, 1);

	for (size_t n = 0; n < bytes.len; n++)
		cr_assert_str_neq(
		    fault(arena_copy(mem, (struct text){ bytes.at, n })), "", "cut at %zu", n);
	memcpy(longer, bytes.at, bytes.len);
	cr_assert_not_null(strstr(fault((struct text){ longer, bytes.len + 1 }), "follows"));
	cr_assert_not_null(strstr(fault((struct text){ NULL, 0 }), "too early"));
}

Test(pack, extensions_and_the_unused_byte_are_refused)
{
	cr_assert_not_null(strstr(fault(BYTES("\xd4\x01\x02")), "not used here"));
	cr_assert_not_null(strstr(fault(BYTES("\xc7\x01\x01\x02")), "not used here"));
	cr_assert_not_null(strstr(fault(BYTES("\xc1")), "not used here"));
	cr_assert_str_eq(fault(BYTES("\x90")), "the value is not a map");
}

Test(pack, running_out_of_room_is_marked)
{
	struct buf b = buf_heap(10);

	(void)packed(SAMPLE_FULL);
	pack_write(&b, &sample_type, &in);
	cr_assert(b.overflow);
	buf_free(&b);
}

Test(pack, one_flipped_byte_never_hurts)
{
	struct text bytes = packed(SAMPLE_FULL);
	char *bent = arena_zero(mem, bytes.len, 1);
	struct arena *small = arena_open(1 << 20);
	struct req own;

	for (size_t i = 0; i < bytes.len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			const struct err *e;
			req_begin(&own, NULL, small, TEXT("flip"), 1000);
			memcpy(bent, bytes.at, bytes.len);
			bent[i] = (char)((unsigned char)bent[i] ^ 1U << bit);
			memset(&in, 0, sizeof(in));
			e = pack_read(&own, (struct text){ bent, bytes.len }, &sample_type, &in);
			cr_assert(e == NULL || e->code == E_INVALID);
			arena_reset(small);
		}
	}
	arena_close(&small);
}
