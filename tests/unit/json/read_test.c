/* Reading JSON into described structs: what is taken, what is refused and with which words. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/core/buf.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "tests/unit/json/sample.h"

static struct arena *mem;
static struct req rq;
static struct sample in;
static struct err_fields fs;

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
TestSuite(json_read, .init = open_req, .fini = close_req);

static const struct err *
read_as(struct text json, const struct msg_type *type)
{
	const struct err *e;

	memset(&in, 0, sizeof(in));
	fs = (struct err_fields){ .rq = &rq };
	e = json_read(&rq, json, type, &in, &fs);
	return e != NULL ? e : err_fields_done(&fs);
}

/* "pointer code" of every wrong field, in order, "; " between them. */
static const char *
faults(const char *json)
{
	const struct err *e = read_as(text_of(json), &sample_type);
	struct buf b = buf_in(mem, 65536);

	if (e == NULL)
		return "";
	if (e->fields == NULL)
		return e->slug;
	for (const struct err_field *f = e->fields; f != NULL; f = f->next)
		buf_printf(&b, "%s%s %s", b.len > 0 ? "; " : "", f->pointer, f->code);
	buf_byte(&b, 0);
	return b.at;
}

/* The shortest document with one more member. */
static const char *
with(const char *member)
{
	return faults(arena_printf(mem,
	    "{\"paid\":true,\"total\":10,\"name\":\"a\",\"numbers\":[],\"nick\":null,%s}", member));
}

Test(json_read, every_kind_is_read)
{
	cr_assert_str_eq(faults(SAMPLE_FULL), "");
	cr_assert(!in.paid && in.has_seats && in.seats == -3 && in.total == 1000000);
	cr_assert(text_is(in.name, "두레 ₩"));
	cr_assert(in.has_phone && text_is(in.phone, "01000000001"));
	cr_assert(text_is(in.status, "closed"));
	cr_assert(in.has_id && in.id.b[0] == 0x01 && in.id.b[15] == 0xab);
	cr_assert_eq(in.at, INT64_C(1769862896123456));
	cr_assert(text_eq(in.digest, (struct text){ "\0\1\xff", 3 }));
	cr_assert(text_is(in.extra, "{\"a\":[1,null,\"x\"]}"));
	cr_assert(in.inner.has_note && in.inner.amount == INT64_MIN);
	cr_assert_eq(in.n_lines, 2);
	cr_assert(text_is(in.lines[1].sku, "b") && in.lines[1].quantity == 99);
	cr_assert(in.n_numbers == 3 && in.numbers[0] == -5);
	cr_assert(in.n_tags == 2 && in.tags[1].len == 0);
	cr_assert(in.has_nick && text_is(in.nick, "nick"));
	cr_assert(text_is(in.memo, "a\"b\\c\n\td/"));
}

Test(json_read, what_is_absent_is_marked_absent)
{
	cr_assert_str_eq(faults(SAMPLE_SHORTEST), "");
	cr_assert(!in.has_seats && !in.has_phone && !in.has_inner && !in.has_nick);
	cr_assert_null(in.lines);
	cr_assert_null(in.tags);
	cr_assert_not_null(in.numbers, "an empty list is there");
	cr_assert_eq(in.n_numbers, 0);
}

Test(json_read, missing_fields_are_all_told)
{
	cr_assert_str_eq(faults("{}"),
	    "/paid required; /total required; /name required; /numbers required; /nick required");
}

Test(json_read, null_is_a_value_of_nullable_fields_only)
{
	cr_assert_str_eq(with("\"tags\":null"), "");
	cr_assert_null(in.tags);
	cr_assert_str_eq(with("\"memo\":null,\"lines\":null,\"inner\":null"),
	    "/inner type; /lines type; /memo type");
}

Test(json_read, a_wrong_type_is_told)
{
	cr_assert_str_eq(
	    faults("{\"paid\":1,\"total\":\"10\",\"name\":5,\"numbers\":{},\"nick\":[]}"),
	    "/paid type; /total type; /name type; /numbers type; /nick type");
	cr_assert_str_eq(with("\"seats\":1.0"), "/seats type");
	cr_assert_str_eq(with("\"seats\":1e2"), "/seats type");
	cr_assert_str_eq(with("\"seats\":true"), "/seats type");
	cr_assert_str_eq(with("\"inner\":[]"), "/inner type");
	cr_assert_str_eq(with("\"lines\":[5]"), "/lines/0 type");
	cr_assert_str_eq(with("\"extra\":\"{}\""), "/extra type");
	cr_assert_str_eq(with("\"extra\":5"), "/extra type");
	cr_assert_str_eq(
	    with("\"digest\":5,\"id\":5,\"at\":5"), "/id type; /at type; /digest type");
}

Test(json_read, bounds_are_kept)
{
	cr_assert_str_eq(with("\"seats\":2147483648"), "/seats too_large");
	cr_assert_str_eq(with("\"seats\":-2147483649"), "/seats too_small");
	cr_assert_str_eq(with("\"digest\":\"AA\""), "/digest too_short");
	cr_assert_str_eq(with("\"digest\":\"AA==\""), "/digest format");
	cr_assert_str_eq(with("\"tags\":[]"), "/tags too_few");
	cr_assert_str_eq(with("\"tags\":[\"a\",\"b\",\"c\",\"d\",\"e\"]"), "/tags too_many");
	cr_assert_str_eq(with("\"tags\":[\"123456789\"]"), "/tags/0 too_long");
	cr_assert_str_eq(with("\"status\":\"OPEN\""), "/status enum");
	cr_assert_str_eq(
	    with("\"phone\":\"12\",\"email\":\"x\",\"id\":\"y\",\"at\":\"2026-01-31\""),
	    "/phone format; /email format; /id format; /at format");
	cr_assert_str_eq(
	    faults(
		"{\"paid\":true,\"total\":11,\"name\":\"123456\",\"numbers\":[6,-6],\"nick\":null}"),
	    "/total multiple; /name too_long; /numbers/0 too_large; /numbers/1 too_small");
	cr_assert_str_eq(
	    faults("{\"paid\":true,\"total\":-10,\"name\":\"\",\"numbers\":[],\"nick\":null}"),
	    "/total too_small; /name too_short");
}

Test(json_read, json_inside_is_bounded_in_its_compact_form)
{
	char member[400];

	cr_assert_str_eq(with("\"extra\" : [ 1 , { } ] "), "");
	cr_assert(text_is(in.extra, "[1,{}]"));
	(void)snprintf(member, sizeof(member), "\"extra\":[\"%098d\"]", 0);
	cr_assert_str_eq(with(member), "/extra too_long");
}

Test(json_read, pointers_lead_to_the_place)
{
	cr_assert_str_eq(
	    with(
		"\"lines\":[{\"sku\":\"a\",\"quantity\":1},{\"sku\":\"/\",\"quantity\":0,\"x\":1}]"),
	    "/lines/1/sku format; /lines/1/quantity too_small; /lines/1/x unknown");
	cr_assert_str_eq(with("\"a/b~c\":1"), "/a~1b~0c unknown");
	cr_assert_str_eq(with("\"inner\":{}"), "/inner/amount required");
}

Test(json_read, unknown_fields_are_refused_unless_the_type_is_open)
{
	cr_assert_str_eq(with("\"surprise\":{\"a\":[]}"), "/surprise unknown");
	cr_assert_null(read_as(
	    TEXT(
		"{\"paid\":true,\"total\":10,\"name\":\"a\",\"numbers\":[],\"nick\":null,\"x\":1}"),
	    &sample_open_type));
}

Test(json_read, a_long_unknown_name_is_cut_between_characters)
{
	struct buf b = buf_in(mem, 65536);
	const struct err *e;

	buf_str(&b, "{\"x");
	for (int i = 0; i < 1000; i++)
		buf_str(&b, "두");
	buf_str(&b, "\":1}");
	e = read_as(buf_as_text(&b), &sample_type);
	cr_assert_not_null(e);
	cr_assert_str_eq(fs.last->code, "unknown");
	cr_assert_leq(strlen(fs.last->pointer), 65);
	cr_assert(text_is_utf8(text_of(fs.last->pointer)));
}

Test(json_read, what_is_not_json_is_refused_whole)
{
	static const char *const wrong[] = {
		"",
		" ",
		"null",
		"5",
		"\"x\"",
		"[]",
		"{",
		"}",
		"{}{}",
		"{} x",
		"{\"a\":1,}",
		"{'a':1}",
		"{a:1}",
		"{\"a\":01}",
		"{\"a\":+1}",
		"{\"a\":.5}",
		"{\"a\":NaN}",
		"{\"a\":1,\"a\":1}",
		"{\"a\":\"\\u0000\"}",
		"{\"\\u0000\":1}",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"\xed\xa0\x80\"}",
		"{\"a\":\"\\ud800\"}",
		"{\"a\":\"\xc0\x80\"}",
		"{\"a\":\"\n\"}",
		"\xef\xbb\xbf{}",
		"{\"a\":99999999999999999999}",
		"{\"a\":1e999}",
		"// x\n{}",
		"{\"a\":\"\\x\"}",
	};

	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		cr_assert_str_eq(faults(wrong[i]), "request.json", "%s", wrong[i]);
	cr_assert_str_eq(read_as((struct text){ "{}\0", 3 }, &sample_type)->slug, "request.json");
	cr_assert_str_eq(read_as((struct text){ NULL, 0 }, &sample_type)->slug, "request.json");
	cr_assert_eq(read_as(TEXT("{"), &sample_type)->code, E_INVALID);
}

Test(json_read, no_error_quotes_the_document)
{
	cr_assert_null(strstr(
	    read_as(TEXT("{\"password\":\"hunter2\" oops"), &sample_type)->detail, "hunter2"));
	cr_assert_null(
	    strstr(read_as(TEXT("{\"hunter2\":1,\"hunter2\":1"), &sample_type)->detail, "hunter2"));
}

static struct text
nested(int depth)
{
	struct buf b = buf_in(mem, 65536);

	buf_str(&b, "{\"extra\":");
	for (int i = 1; i < depth; i++)
		buf_byte(&b, '[');
	for (int i = 1; i < depth; i++)
		buf_byte(&b, ']');
	buf_str(&b, ",\"memo\":\"[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[\"}");
	return buf_as_text(&b);
}

Test(json_read, sixteen_levels_and_brackets_in_texts_are_taken_and_seventeen_are_not)
{
	cr_assert_str_eq(read_as(nested(16), &sample_type)->slug, "request.invalid");
	cr_assert_str_eq(read_as(nested(17), &sample_type)->slug, "request.json");
	cr_assert_str_eq(read_as(nested(10000), &sample_type)->slug, "request.json");
}

Test(json_read, a_flood_of_values_is_refused_before_it_is_parsed)
{
	struct buf b = buf_in(mem, 1 << 20);

	buf_str(&b, "{\"extra\":[");
	for (int i = 0; i < 100000; i++)
		buf_str(&b, "[],");
	buf_str(&b, "[]]}");
	cr_assert_str_eq(read_as(buf_as_text(&b), &sample_type)->slug, "request.json");
}

Test(json_read, at_most_fifty_wrong_fields_are_kept)
{
	struct buf b = buf_in(mem, 1 << 20);
	const struct err *e;
	int n = 0;

	buf_byte(&b, '{');
	for (int i = 0; i < 30000; i++)
		buf_printf(&b, "%s\"f%d\":1", i > 0 ? "," : "", i);
	buf_byte(&b, '}');
	e = read_as(buf_as_text(&b), &sample_type);
	for (const struct err_field *f = e->fields; f != NULL; f = f->next)
		n++;
	cr_assert_eq(n, 50);
}

/* A list that the contract leaves open: three bytes of input ask for 400 bytes of struct. */
struct wide { char at[400]; };
struct wide_list { struct wide *items; size_t n_items; struct text memo; bool has_memo; };
static const struct msg_type wide_type = { "wide", sizeof(struct wide), 1, NULL, 0, false };
static const struct msg_field wide_list_fields[] = {
	{ .name = "items", .kind = MSG_OBJECT, .flags = MSG_LIST, LIST(wide_list, items),
	    .object = &wide_type },
	{ .name = "memo", .kind = MSG_TEXT, OPT(wide_list, memo) },
};
static const struct msg_type wide_list_type = { "wide_list", sizeof(struct wide_list),
	_Alignof(struct wide_list), wide_list_fields, COUNT_OF(wide_list_fields), false };

Test(json_read, no_input_makes_the_arena_panic)
{
	struct buf b = buf_heap(1 << 20);
	size_t caps[] = { 1000, 20000, 100000, 130000, 200000, 400000, 2000000 };

	buf_str(&b, "{\"memo\":\"");
	for (int i = 0; i < 10000; i++)
		buf_byte(&b, 'x');
	buf_str(&b, "\",\"items\":[{}");
	for (int i = 1; i < MSG_ITEMS_MAX; i++)
		buf_str(&b, ",{}");
	buf_str(&b, "]}");
	for (size_t i = 0; i < COUNT_OF(caps); i++) {
		struct arena *small = arena_open(caps[i] + 1000);
		struct req own;
		struct wide_list wide = { NULL, 0, { NULL, 0 }, false };
		struct err_fields wrong = { .rq = &own };
		const struct err *e;
		req_begin(&own, NULL, small, TEXT("small"), 1000);
		e = json_read(&own, buf_as_text(&b), &wide_list_type, &wide, &wrong);
		if (i < 3)
			cr_assert_eq(e->code, E_TOO_LARGE, "cap %zu", caps[i]);
		else if (i < 6)
			cr_assert_str_eq(wrong.first->code, "too_many", "cap %zu", caps[i]);
		else
			cr_assert(e == NULL && wrong.n == 0 && wide.n_items == MSG_ITEMS_MAX);
		arena_close(&small);
	}
	buf_free(&b);
}
