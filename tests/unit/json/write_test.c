/* Writing JSON: compact, escaped, in the contract's order. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "common/core/text.h"
#include "common/json/json.h"
#include "tests/unit/json/sample.h"

static struct arena *mem;
static struct req rq;

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
TestSuite(json_write, .init = open_req, .fini = close_req);

/* Reads the document and writes what was read. */
static struct text
again(struct text json)
{
	struct sample in;
	struct err_fields fs = { .rq = &rq };
	struct buf b = buf_in(mem, 65536);

	memset(&in, 0, sizeof(in));
	cr_assert_null(json_read(&rq, json, &sample_type, &in, &fs));
	cr_assert_null(err_fields_done(&fs));
	json_write(&b, &sample_type, &in);
	cr_assert_not(b.overflow);
	return buf_as_text(&b);
}

Test(json_write, what_was_read_is_written_as_it_was)
{
	cr_assert(text_is(again(TEXT(SAMPLE_FULL)), SAMPLE_FULL), "%.*s",
	    TEXT_ARG(again(TEXT(SAMPLE_FULL))));
}

Test(json_write, absent_is_left_out_and_nullable_is_null)
{
	cr_assert(text_is(again(TEXT(SAMPLE_SHORTEST)),
	    "{\"paid\":true,\"total\":10,\"name\":\"a\",\"numbers\":[],\"tags\":null,\"nick\":null}"));
}

Test(json_write, an_empty_struct_is_still_json)
{
	struct sample none;
	struct buf b = buf_heap(65536);
	json_t *v;

	memset(&none, 0, sizeof(none));
	json_write(&b, &sample_type, &none);
	v = json_loadb(b.at, b.len, 0, NULL);
	cr_assert_not_null(v);
	json_decref(v);
	buf_free(&b);
}

Test(json_write, every_byte_is_escaped_or_valid)
{
	struct buf b = buf_heap(65536);
	char all[128];
	json_t *v;

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	json_write_text(&b, (struct text){ all, sizeof(all) });
	v = json_loadb(b.at, b.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	cr_assert_eq(json_string_length(v), sizeof(all));
	cr_assert_eq(memcmp(json_string_value(v), all, sizeof(all)), 0);
	json_decref(v);
	buf_reset(&b);
	json_write_text(&b, TEXT("\b\f\n\r\t\"\\/\x1f두"));
	cr_assert(text_is(buf_as_text(&b), "\"\\b\\f\\n\\r\\t\\\"\\\\/\\u001f두\""));
	buf_reset(&b);
	json_write_text(&b, TEXT("a\xff" "b\xc3"));
	cr_assert(text_is(buf_as_text(&b), "\"a\\ufffdb\\ufffd\""));
	buf_free(&b);
}

Test(json_write, running_out_of_room_is_marked)
{
	struct sample none;
	struct buf b = buf_heap(20);

	memset(&none, 0, sizeof(none));
	json_write(&b, &sample_type, &none);
	cr_assert(b.overflow);
	cr_assert_leq(b.len, 20);
	buf_free(&b);
}
