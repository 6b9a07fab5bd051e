/* Single fields from text: path segments, query values, headers. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/core/text.h"
#include "common/json/json.h"

struct query {
	int32_t limit;
	bool has_limit;
	struct text cursor;
	bool has_cursor;
	bool all, has_all;
	struct uuid id;
	struct text *tags; size_t n_tags; struct text digest; bool has_digest;
};

#define OPT(m)  .at = offsetof(struct query, m), .mark = offsetof(struct query, has_##m)
static const struct msg_field fields[] = {
	{ .name = "limit",
	    .kind = MSG_I32,
	    .where = MSG_IN_QUERY,
	    OPT(limit),
	    .min = 1,
	    .max = 100 },
	{ .name = "cursor",
	    .kind = MSG_TEXT,
	    .format = MSG_TOKEN,
	    .where = MSG_IN_QUERY,
	    .flags = MSG_REQUIRED,
	    OPT(cursor),
	    .max = 8 },
	{ .name = "all", .kind = MSG_BOOL, .where = MSG_IN_QUERY, OPT(all) },
	{ .name = "id",
	    .kind = MSG_UUID,
	    .where = MSG_IN_PATH,
	    .flags = MSG_REQUIRED,
	    .at = offsetof(struct query, id),
	    .mark = MSG_NONE },
	{ .name = "tags",
	    .kind = MSG_TEXT,
	    .where = MSG_IN_QUERY,
	    .flags = MSG_LIST,
	    .at = offsetof(struct query, tags),
	    .mark = offsetof(struct query, n_tags),
	    .max = 4,
	    .min_items = 2,
	    .max_items = 9 },
	{ .name = "digest", .kind = MSG_BYTES, .where = MSG_IN_HEADER, OPT(digest) },
};
static const struct msg_type type = { "query", sizeof(struct query), _Alignof(struct query), fields,
	COUNT_OF(fields), false };

static struct arena *mem;
static struct req rq;
static struct query in;
static struct err_fields fs;

static void
open_req(void)
{
	mem = arena_open(1 << 20);
	req_begin(&rq, NULL, mem, TEXT("test"), 1000);
	fs = (struct err_fields){ .rq = &rq };
}

static void
close_req(void)
{
	req_end(&rq);
	arena_close(&mem);
}
TestSuite(json_value, .init = open_req, .fini = close_req);

static const char *
fault(size_t field, const char *value)
{
	fs = (struct err_fields){ .rq = &rq };
	json_read_field(&fs, &fields[field], text_of(value), &in);
	return fs.n == 0 ? "" : arena_printf(mem, "%s %s", fs.first->pointer, fs.first->code);
}

Test(json_value, each_kind_has_a_text_form)
{
	cr_assert_str_eq(fault(0, "20"), "");
	cr_assert(in.has_limit && in.limit == 20);
	cr_assert_str_eq(fault(2, "true"), "");
	cr_assert(in.has_all && in.all);
	cr_assert_str_eq(fault(2, "false"), "");
	cr_assert_not(in.all);
	cr_assert_str_eq(fault(3, "0190a0b0-c0d0-7abc-8def-0123456789ab"), "");
	cr_assert_eq(in.id.b[15], 0xab);
	cr_assert_str_eq(fault(5, "AAH_"), "");
	cr_assert_eq(in.digest.len, 3);
}

Test(json_value, the_checks_and_words_are_those_of_bodies)
{
	cr_assert_str_eq(fault(0, "101"), "/query/limit too_large");
	cr_assert_str_eq(fault(0, "1.0"), "/query/limit type");
	cr_assert_str_eq(fault(0, ""), "/query/limit type");
	cr_assert_str_eq(fault(1, "a b"), "/query/cursor format");
	cr_assert_str_eq(fault(1, "123456789"), "/query/cursor too_long");
	cr_assert_str_eq(fault(1, "a\xff"), "/query/cursor format");
	cr_assert_str_eq(fault(2, "1"), "/query/all type");
	cr_assert_str_eq(fault(3, "1"), "/path/id format");
	cr_assert_str_eq(fault(5, "AA=="), "/header/digest format");
	json_read_field(&fs, &fields[1], (struct text){ "a\0b", 3 }, &in);
	cr_assert_eq(fs.n, 2);
}

Test(json_value, a_repeated_name_fills_a_list)
{
	static const char *const values[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i" };

	for (size_t i = 0; i < 9; i++)
		cr_assert_str_eq(fault(4, values[i]), "");
	cr_assert_eq(in.n_tags, 9);
	for (size_t i = 0; i < 9; i++)
		cr_assert(text_is(in.tags[i], values[i]));
	cr_assert_str_eq(fault(4, "j"), "/query/tags too_many");
}

Test(json_value, missing_tells_required_fields_of_one_place_and_short_lists)
{
	bool seen[COUNT_OF(fields)] = { [4] = true };

	cr_assert_str_eq(fault(4, "a"), "");
	json_missing(&fs, &type, MSG_IN_QUERY, &in, seen);
	cr_assert_eq(fs.n, 2);
	cr_assert_str_eq(fs.first->pointer, "/query/cursor");
	cr_assert_str_eq(fs.first->code, "required");
	cr_assert_str_eq(fs.last->pointer, "/query/tags");
	cr_assert_str_eq(fs.last->code, "too_few");
	fs = (struct err_fields){ .rq = &rq };
	json_missing(&fs, &type, MSG_IN_PATH, &in, seen);
	cr_assert_eq(fs.n, 1);
	cr_assert_str_eq(fs.first->pointer, "/path/id");
}
