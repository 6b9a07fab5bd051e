/* Parameters in PostgreSQL's binary form: big-endian numbers, its own epoch, array headers. */
#include <endian.h>
#include <limits.h>
#include <string.h>

#include "common/core/buf.h"
#include "common/core/calendar.h"
#include "common/db/conn.h"

/* The lengths are checked before: an item is at most INT_MAX bytes, as PostgreSQL counts them. */
enum { ARRAY_MAX_BYTES = INT_MAX };

static void
put(struct db_args *a, const void *at, size_t len)
{
	SURE(a->n < DB_MAX_ARGS);
	SURE(len <= INT_MAX);
	a->at[a->n] = at;
	a->len[a->n] = (int)len;
	a->n++;
}

static void
put_small(struct db_args *a, const void *bytes, size_t len)
{
	SURE(a->n < DB_MAX_ARGS);
	memcpy(a->small[a->n], bytes, len);
	put(a, a->small[a->n], len);
}

void
db_arg_null(struct db_args *a)
{
	put(a, NULL, 0);
}

void
db_arg_bool(struct db_args *a, bool v)
{
	uint8_t byte = v ? 1 : 0;

	put_small(a, &byte, 1);
}

void
db_arg_i16(struct db_args *a, int16_t v)
{
	put_small(a, &(uint16_t){ htobe16((uint16_t)v) }, 2);
}

void
db_arg_i32(struct db_args *a, int32_t v)
{
	put_small(a, &(uint32_t){ htobe32((uint32_t)v) }, 4);
}

void
db_arg_i64(struct db_args *a, int64_t v)
{
	put_small(a, &(uint64_t){ htobe64((uint64_t)v) }, 8);
}

/* Saturates: INT64_MIN is PostgreSQL's -infinity, which no earlier time could be told from. */
void
db_arg_time(struct db_args *a, int64_t us)
{
	db_arg_i64(a, us < INT64_MIN + DB_EPOCH_US ? INT64_MIN : us - DB_EPOCH_US);
}

void
db_arg_date(struct db_args *a, struct day d)
{
	db_arg_i32(a, (int32_t)(day_number(d) - DB_EPOCH_DAYS));
}

void
db_arg_text(struct db_args *a, struct text v)
{
	put(a, v.at, v.len);
}

/* jsonb begins with the version of its form, 1. */
void
db_arg_json(struct req *rq, struct db_args *a, struct text json)
{
	char *copy;

	if (json.at == NULL) {
		db_arg_null(a);
		return;
	}
	copy = arena_zero(rq->mem, json.len + 1, 1);
	copy[0] = 1;
	memcpy(copy + 1, json.at, json.len);
	put(a, copy, json.len + 1);
}

void
db_arg_uuid(struct db_args *a, const struct uuid *v)
{
	put(a, v == NULL ? NULL : v->b, v == NULL ? 0 : sizeof(v->b));
}

static void
put_u32(struct buf *b, uint32_t v)
{
	buf_put(b, &(uint32_t){ htobe32(v) }, 4);
}

/* Dimensions, does it hold NULLs?, type of the items; then per dimension its size and first index. */
static struct buf
array_begin(struct req *rq, Oid item, size_t n, bool nulls)
{
	struct buf b = buf_in(rq->mem, ARRAY_MAX_BYTES);

	SURE(n <= INT_MAX);
	put_u32(&b, n == 0 ? 0 : 1);
	put_u32(&b, nulls ? 1 : 0);
	put_u32(&b, item);
	if (n > 0) {
		put_u32(&b, (uint32_t)n);
		put_u32(&b, 1);
	}
	return b;
}

static void
array_item(struct buf *b, const void *at, size_t len)
{
	SURE(len <= INT_MAX);
	put_u32(b, (uint32_t)len);
	buf_put(b, at, len);
}

static void
array_end(struct db_args *a, struct buf *b)
{
	SURE(!b->overflow);
	put(a, b->at, b->len);
}

void
db_arg_uuids(struct req *rq, struct db_args *a, const struct uuid *v, size_t n)
{
	struct buf b = array_begin(rq, DB_OID_UUID, n, false);

	for (size_t i = 0; i < n; i++)
		array_item(&b, v[i].b, sizeof(v[i].b));
	array_end(a, &b);
}

void
db_arg_i32s(struct req *rq, struct db_args *a, const int32_t *v, size_t n)
{
	struct buf b = array_begin(rq, DB_OID_INT4, n, false);

	for (size_t i = 0; i < n; i++)
		array_item(&b, &(uint32_t){ htobe32((uint32_t)v[i]) }, 4);
	array_end(a, &b);
}

void
db_arg_i64s(struct req *rq, struct db_args *a, const int64_t *v, size_t n)
{
	struct buf b = array_begin(rq, DB_OID_INT8, n, false);

	for (size_t i = 0; i < n; i++)
		array_item(&b, &(uint64_t){ htobe64((uint64_t)v[i]) }, 8);
	array_end(a, &b);
}

void
db_arg_texts(struct req *rq, struct db_args *a, const struct text *v, size_t n)
{
	struct buf b;
	bool nulls = false;

	for (size_t i = 0; i < n; i++)
		nulls = nulls || v[i].at == NULL;
	b = array_begin(rq, DB_OID_TEXT, n, nulls);
	for (size_t i = 0; i < n; i++) {
		if (v[i].at == NULL)
			put_u32(&b, UINT32_MAX);      /* length −1 is NULL */
		else
			array_item(&b, v[i].at, v[i].len);
	}
	array_end(a, &b);
}
