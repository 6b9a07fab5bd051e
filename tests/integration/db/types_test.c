/* Every type there and back, with NULL, empty, extreme and large values. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/id.h"
#include "common/core/text.h"
#include "tests/integration/db/fixture.h"

struct all {
	bool has_a, has_b, has_c, has_d, has_g, has_h;
	bool a;
	int16_t b;
	int32_t c;
	int64_t d;
	struct text e;
	struct uuid f;
	int64_t g;
	struct day h;
	struct text i, j;
};

#define AT(m)       (uint16_t)offsetof(struct all, m)
#define COL(m, t)   { #m, t, true, AT(m), 0xffff }
#define MARKED(m, t) { #m, t, true, AT(m), AT(has_##m) }

static const enum db_type all_in[] = { DB_BOOL, DB_INT2, DB_INT4, DB_INT8, DB_TEXT, DB_UUID, DB_TIMESTAMPTZ, DB_DATE,
	DB_BYTEA, DB_JSONB };
static const struct db_col all_out[] = { MARKED(a, DB_BOOL), MARKED(b, DB_INT2), MARKED(c, DB_INT4), MARKED(d, DB_INT8),
	COL(e, DB_TEXT), COL(f, DB_UUID), MARKED(g, DB_TIMESTAMPTZ), MARKED(h, DB_DATE), COL(i, DB_BYTEA), COL(j, DB_JSONB) };
static const struct db_stmt echo = { "t_echo", "SELECT $1 AS a, $2 AS b, $3 AS c, $4 AS d, $5 AS e, $6 AS f, $7 AS g, "
	"$8 AS h, $9 AS i, $10 AS j", DB_ONE, 10, 10, all_in, all_out, sizeof(struct all), _Alignof(struct all) };

struct arrays { const struct uuid *u; size_t n_u; const int32_t *i; size_t n_i; const int64_t *l; size_t n_l;
	const struct text *t; size_t n_t; };
#define ARRAY(m, t) { #m, t, true, (uint16_t)offsetof(struct arrays, m), (uint16_t)offsetof(struct arrays, n_##m) }
static const enum db_type arrays_in[] = { DB_UUID_ARRAY, DB_INT4_ARRAY, DB_INT8_ARRAY, DB_TEXT_ARRAY };
static const struct db_col arrays_out[] = { ARRAY(u, DB_UUID_ARRAY), ARRAY(i, DB_INT4_ARRAY), ARRAY(l, DB_INT8_ARRAY),
	ARRAY(t, DB_TEXT_ARRAY) };
static const struct db_stmt echo_arrays = { "t_echo_arrays", "SELECT $1 AS u, $2 AS i, $3 AS l, $4 AS t", DB_ONE, 4, 4,
	arrays_in, arrays_out, sizeof(struct arrays), _Alignof(struct arrays) };

struct one_text { struct text v; };
static const struct db_col text_out[] = { { "v", DB_TEXT, false, 0, 0xffff } };
#define TEXT_STMT(var, sql) static const struct db_stmt var = { #var, sql, DB_ONE, 0, 1, NULL, text_out, \
	sizeof(struct one_text), _Alignof(struct one_text) }
TEXT_STMT(as_time, "SELECT '2026-01-31 12:34:56.123456+00'::timestamptz::text || ' ' || current_setting('search_path') AS v");
TEXT_STMT(as_enum, "SELECT 'placed'::order_state AS v");
TEXT_STMT(as_int, "SELECT 1 AS v");
TEXT_STMT(as_null, "SELECT NULL::text AS v");
TEXT_STMT(no_row, "SELECT 'x'::text AS v WHERE false");
TEXT_STMT(too_many, "SELECT 'x'::text AS v FROM generate_series(1, 2)");
TEXT_STMT(null_item, "SELECT 'x'::text AS v, 2 AS w");

static void
take(struct unit *u, struct db_args *a, struct all *out)
{
	memset(out, 0xee, sizeof(*out));
	FINE(db_one(&u->rq, &echo, a, out));
}

Test(db_types, values_come_back_as_they_went)
{
	struct unit u;
	struct db_args a = { .n = 0 };
	struct uuid id = uuid_new();
	struct all got;

	unit_open(&u, 1, TX_READ);
	db_arg_bool(&a, true);
	db_arg_i16(&a, -2);
	db_arg_i32(&a, INT32_MIN);
	db_arg_i64(&a, INT64_MAX);
	db_arg_text(&a, TEXT("두레"));
	db_arg_uuid(&a, &id);
	db_arg_time(&a, 1769862896123456);
	db_arg_date(&a, (struct day){ 1999, 12, 31 });
	db_arg_text(&a, (struct text){ "\0\xff\0", 3 });
	db_arg_json(&u.rq, &a, TEXT("{\"a\": [1]}"));
	take(&u, &a, &got);
	cr_assert(got.has_a && got.has_b && got.has_c && got.has_d && got.has_g && got.has_h);
	cr_assert(got.a && got.b == -2 && got.c == INT32_MIN && got.d == INT64_MAX && got.g == 1769862896123456);
	cr_assert(text_is(got.e, "두레") && uuid_eq(got.f, id));
	cr_assert(got.h.year == 1999 && got.h.month == 12 && got.h.day == 31);
	cr_assert(text_eq(got.i, (struct text){ "\0\xff\0", 3 }));
	cr_assert(text_is(got.j, "{\"a\": [1]}"));
	unit_close(&u);
}

Test(db_types, null_is_told_from_empty_and_zero)
{
	struct unit u;
	struct db_args a = { .n = 0 }, empty = { .n = 0 };
	struct all got;

	unit_open(&u, 1, TX_READ);
	for (int i = 0; i < 4; i++)
		db_arg_null(&a);
	db_arg_text(&a, (struct text){ NULL, 0 });
	db_arg_uuid(&a, NULL);
	db_arg_null(&a);
	db_arg_null(&a);
	db_arg_text(&a, (struct text){ NULL, 0 });
	db_arg_json(&u.rq, &a, (struct text){ NULL, 0 });
	take(&u, &a, &got);
	cr_assert(!got.has_a && !got.has_b && !got.has_c && !got.has_d && !got.has_g && !got.has_h);
	cr_assert(got.e.at == NULL && got.i.at == NULL && got.j.at == NULL && uuid_is_nil(got.f));

	db_arg_bool(&empty, false);
	db_arg_i16(&empty, 0);
	db_arg_i32(&empty, 0);
	db_arg_i64(&empty, 0);
	db_arg_text(&empty, TEXT(""));
	db_arg_uuid(&empty, &(struct uuid){ { 0 } });
	db_arg_time(&empty, 0);
	db_arg_date(&empty, (struct day){ 1970, 1, 1 });
	db_arg_text(&empty, TEXT(""));
	db_arg_json(&u.rq, &empty, TEXT("\"\""));
	take(&u, &empty, &got);
	cr_assert(got.has_a && !got.a && got.has_c && got.c == 0 && got.has_g && got.g == 0);
	cr_assert(got.e.at != NULL && got.e.len == 0 && got.i.at != NULL && got.i.len == 0);
	cr_assert(got.h.year == 1970 && got.h.month == 1 && got.h.day == 1);
	unit_close(&u);
}

Test(db_types, arrays_come_back_as_they_went)
{
	struct unit u;
	struct db_args a = { .n = 0 }, none = { .n = 0 };
	struct uuid ids[3] = { uuid_new(), { { 0 } }, uuid_new() };
	struct text texts[3] = { TEXT(""), TEXT("두레"), { "a\"{},\\", 6 } };
	struct arrays got;

	unit_open(&u, 1, TX_READ);
	db_arg_uuids(&u.rq, &a, ids, 3);
	db_arg_i32s(&u.rq, &a, (int32_t[]){ -1, INT32_MAX }, 2);
	db_arg_i64s(&u.rq, &a, (int64_t[]){ INT64_MIN }, 1);
	db_arg_texts(&u.rq, &a, texts, 3);
	FINE(db_one(&u.rq, &echo_arrays, &a, &got));
	cr_assert(got.n_u == 3 && memcmp(got.u, ids, sizeof(ids)) == 0);
	cr_assert(got.n_i == 2 && got.i[0] == -1 && got.i[1] == INT32_MAX);
	cr_assert(got.n_l == 1 && got.l[0] == INT64_MIN);
	cr_assert(got.n_t == 3 && text_eq(got.t[0], texts[0]) && text_eq(got.t[1], texts[1]) && text_eq(got.t[2], texts[2]));

	db_arg_uuids(&u.rq, &none, NULL, 0);
	db_arg_i32s(&u.rq, &none, NULL, 0);
	db_arg_i64s(&u.rq, &none, NULL, 0);
	db_arg_texts(&u.rq, &none, NULL, 0);
	FINE(db_one(&u.rq, &echo_arrays, &none, &got));
	cr_assert(got.n_u == 0 && got.n_i == 0 && got.n_l == 0 && got.n_t == 0);
	unit_close(&u);
}

Test(db_types, a_null_inside_an_array_is_refused)
{
	struct unit u;
	struct db_args a = { .n = 0 };
	struct text texts[2] = { TEXT("x"), { NULL, 0 } };
	struct arrays got;

	unit_open(&u, 1, TX_READ);
	db_arg_uuids(&u.rq, &a, NULL, 0);
	db_arg_i32s(&u.rq, &a, NULL, 0);
	db_arg_i64s(&u.rq, &a, NULL, 0);
	db_arg_texts(&u.rq, &a, texts, 2);
	FAILS(db_one(&u.rq, &echo_arrays, &a, &got), "db.column_form");
	unit_close(&u);
}

Test(db_types, a_megabyte_of_text_and_of_bytes_comes_back, .timeout = 30)
{
	enum { MEGABYTE = 1 << 20 };
	struct unit u;
	struct db_args a = { .n = 0 };
	char *large = malloc(MEGABYTE);
	struct all got;

	unit_open(&u, 1, TX_READ);
	memset(large, 'x', MEGABYTE);
	for (int i = 0; i < 4; i++)
		db_arg_null(&a);
	db_arg_text(&a, (struct text){ large, MEGABYTE });
	for (int i = 0; i < 3; i++)
		db_arg_null(&a);
	db_arg_text(&a, (struct text){ large, MEGABYTE });
	db_arg_null(&a);
	for (int i = 0; i < 4; i++) {
		take(&u, &a, &got);
		cr_assert(got.e.len == MEGABYTE && memcmp(got.e.at, large, MEGABYTE) == 0);
		cr_assert(got.i.len == MEGABYTE && memcmp(got.i.at, large, MEGABYTE) == 0);
	}
	free(large);
	unit_close(&u);
}

Test(db_types, more_queued_bytes_than_any_socket_buffer_holds_do_not_lock_up, .timeout = 60)
{
	enum { LENGTH = 256 << 10, TIMES = 60 };
	struct unit u;
	struct all got;
	char *large = malloc(LENGTH);

	unit_open(&u, 1, TX_WRITE);
	memset(large, 'y', LENGTH);
	for (int i = 0; i < TIMES; i++) {      /* each answered with as much as was sent */
		struct db_args a = { .n = 0 };
		for (int n = 0; n < 10; n++) {
			if (n == 4)
				db_arg_text(&a, (struct text){ large, LENGTH });
			else
				db_arg_null(&a);
		}
		if (i < TIMES - 1)
			FINE(db_queue(&u.rq, &echo, &a));
		else
			take(&u, &a, &got);
	}
	cr_assert(got.e.len == LENGTH);
	FINE(db_close(&u.rq, true));
	free(large);
	unit_close(&u);
}

Test(db_types, sessions_speak_utc_and_see_their_schema_and_enums_are_texts)
{
	struct unit u;
	struct one_text got;
	char want[128], sql[128];

	unit_open(&u, 1, TX_READ);
	FINE(db_one(&u.rq, &as_time, NULL, &got));
	(void)snprintf(want, sizeof(want), "2026-01-31 12:34:56.123456+00 %s", u.schema);
	cr_assert(text_is(got.v, want), "%s", got.v.at);
	(void)snprintf(sql, sizeof(sql), "CREATE TYPE %s.order_state AS ENUM ('placed')", u.schema);
	(void)server_sql(sql);
	FINE(db_one(&u.rq, &as_enum, NULL, &got));
	cr_assert(text_is(got.v, "placed"));
	unit_close(&u);
}

Test(db_types, what_does_not_fit_the_declaration_is_a_fault_of_ours)
{
	struct unit u;
	struct one_text got;
	bool found = true;

	unit_open(&u, 1, TX_READ);
	FAILS(db_one(&u.rq, &as_int, NULL, &got), "db.column_type");
	FAILS(db_one(&u.rq, &as_null, NULL, &got), "db.unexpected_null");
	FAILS(db_one(&u.rq, &no_row, NULL, &got), "no_row.not_found");
	FINE(db_maybe(&u.rq, &no_row, NULL, &got, &found));
	cr_assert_not(found);
	FAILS(db_one(&u.rq, &too_many, NULL, &got), "db.many_rows");
	FAILS(db_one(&u.rq, &null_item, NULL, &got), "db.columns");
	unit_close(&u);
}

Test(db_types, rows_are_an_array_and_none_is_null)
{
	struct unit u;
	struct one_text *rows = (void *)1;
	size_t n = 7;

	unit_open(&u, 1, TX_READ);
	FINE(db_rows(&u.rq, &too_many, NULL, &rows, &n));
	cr_assert(n == 2 && text_is(rows[1].v, "x"));
	FINE(db_rows(&u.rq, &no_row, NULL, &rows, &n));
	cr_assert(n == 0 && rows == NULL);
	unit_close(&u);
}
