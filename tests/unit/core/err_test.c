/* Errors: made in the arena, wrapped, with wrong fields. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/core/req.h"
#include "common/core/text.h"

static struct arena *mem;
static struct req rq;

static void
open_req(void)
{
	mem = arena_open(1 << 20);
	req_begin(&rq, NULL, mem, TEXT("test"), 1000);
}

static void
close_req(void)
{
	req_end(&rq);
	arena_close(&mem);
}
TestSuite(err, .init = open_req, .fini = close_req);

Test(err, an_error_says_what_where_and_which_status)
{
	const struct err *e = FAIL(&rq, RULE, "order.out_of_stock", "only %d left", 3);

	cr_assert_str_eq(e->slug, "order.out_of_stock");
	cr_assert_str_eq(e->detail, "only 3 left");
	cr_assert(text_ends(text_of(e->file), TEXT("err_test.c")));
	cr_assert_eq(err_status(e), 422);
	cr_assert_not(err_again(e));
	cr_assert_str_eq(err_word(e->code), "RULE");
	cr_assert_str_eq(err_title(e), "A business rule refused this");
	cr_assert(err_again(FAIL(&rq, BUSY, "x.y", "z")));
}

Test(err, wrapping_keeps_what_goes_out_and_adds_to_the_chain)
{
	struct err *e = FAIL(&rq, BUSY, "pool.empty", "try again");
	const struct err *outer;

	e->retry_after_s = 7;
	outer = BECAUSE(&rq, e, "while placing order %d", 5);
	cr_assert_str_eq(outer->slug, "pool.empty");
	cr_assert_str_eq(outer->detail, "try again");
	cr_assert_eq(outer->retry_after_s, 7);
	cr_assert_eq(outer->code, E_BUSY);
	cr_assert_str_eq(outer->cause->detail, "while placing order 5");
	cr_assert_eq(outer->cause->cause, e);
}

Test(err, a_long_detail_is_cut_between_characters)
{
	char korean[1200] = "";
	const struct err *e;

	for (int i = 0; i < 300; i++)
		strcat(korean, "두");
	for (int shift = 0; shift < 4; shift++) {
		e = FAIL(&rq, INVALID, "a.b", "%.*s%s", shift, "xxx", korean);
		cr_assert_lt(strlen(e->detail), 512);
		cr_assert_geq(strlen(e->detail), 500);
		cr_assert(text_is_utf8(text_of(e->detail)));
	}
}

Test(err, at_start_up_no_unit_of_work_is_needed)
{
	const struct err *e = FAIL(NULL, INTERNAL, "start.failed", "no %s", "luck"), *last = NULL;

	cr_assert_str_eq(e->detail, "no luck");
	for (int i = 0; i < 1000; i++)
		last = BECAUSE(NULL, FAIL(NULL, INTERNAL, "start.failed", "%d", i), "%0500d", i);
	cr_assert_str_eq(last->detail, "999");
}

Test(err, all_wrong_fields_are_told_at_once_and_fifty_are_kept)
{
	struct err_fields fs = { .rq = &rq };
	const struct err *e;
	char name[16];
	int n = 0;

	cr_assert_null(err_fields_done(&fs));
	for (int i = 0; i < 80; i++) {
		(void)snprintf(name, sizeof(name), "/f%d", i);
		err_field_add(&fs, name, "required", "is %s", "missing");
	}
	e = err_fields_done(&fs);
	cr_assert_eq(e->code, E_INVALID);
	cr_assert_str_eq(e->slug, "request.invalid");
	cr_assert_str_eq(e->fields->pointer, "/f0");
	cr_assert_str_eq(e->fields->detail, "is missing");
	for (const struct err_field *f = e->fields; f != NULL; f = f->next)
		n++;
	cr_assert_eq(n, 50);
	cr_assert_eq(fs.n, 80);
}
