/* Results in binary form become C structs by their descriptors. What does not fit is our fault, not the
 * caller's: INTERNAL, and tests/sql finds it before anybody else. */
#include <endian.h>
#include <string.h>

#include "common/core/calendar.h"
#include "common/db/conn.h"

/* Bytes of one value, read from the left. */
struct cell { const char *at; size_t left; };

static bool
is_textual(Oid oid)
{
	enum { NAME = 19, JSON = 114, BPCHAR = 1042, VARCHAR = 1043 };

	return oid == DB_OID_TEXT || oid == VARCHAR || oid == BPCHAR || oid == NAME || oid == JSON ||
	    oid >= DB_OID_OWN;      /* enums travel as their label */
}

const struct err *
db_row_check(struct req *rq, const struct db_stmt *s, const PGresult *res)
{
	if ((size_t)PQnfields(res) != s->n_out)
		return FAIL(rq, INTERNAL, "db.columns", "%s gives %d columns, not %zu", s->name,
		    PQnfields(res), s->n_out);
	for (size_t i = 0; i < s->n_out; i++) {
		Oid got = PQftype(res, (int)i);
		bool fits = s->out[i].type == DB_TEXT ? is_textual(got) : got == db_oid(s->out[i].type);
		if (!fits)
			return FAIL(rq, INTERNAL, "db.column_type", "%s.%s has the type number %u", s->name,
			    s->out[i].name, got);
	}
	return NULL;
}

static uint32_t
take_u32(struct cell *c)
{
	uint32_t v = 0;

	if (c->left < sizeof(v)) {
		c->left = 0;
		return 0;
	}
	memcpy(&v, c->at, sizeof(v));
	c->at += sizeof(v);
	c->left -= sizeof(v);
	return be32toh(v);
}

static int64_t
get_int(const char *at, size_t len)
{
	uint64_t v = len > 0 && (at[0] & 0x80) != 0 ? UINT64_MAX : 0;

	for (size_t i = 0; i < len; i++)
		v = v << 8 | (uint8_t)at[i];
	return (int64_t)v;
}

/* PostgreSQL's ±infinity are its ends of int64; they become ours. */
static int64_t
get_time(const char *at)
{
	int64_t v = get_int(at, 8), out;

	if (v == INT64_MIN)
		return INT64_MIN;
	return __builtin_add_overflow(v, DB_EPOCH_US, &out) ? INT64_MAX : out;
}

static size_t
fixed_len(enum db_type type)
{
	static const size_t lens[] = { [DB_BOOL] = 1, [DB_INT2] = 2, [DB_INT4] = 4, [DB_INT8] = 8, [DB_UUID] = 16,
		[DB_TIMESTAMPTZ] = 8, [DB_DATE] = 4, [DB_TEXT_ARRAY] = 0 };

	return lens[type];
}

/* A value of fixed length; len was compared with fixed_len(). */
static void
put_fixed(enum db_type type, const char *at, void *to)
{
	int64_t n = get_int(at, fixed_len(type) <= 8 ? fixed_len(type) : 0);

	if (type == DB_BOOL)
		*(bool *)to = at[0] != 0;
	else if (type == DB_INT2)
		*(int16_t *)to = (int16_t)n;
	else if (type == DB_INT4)
		*(int32_t *)to = (int32_t)n;
	else if (type == DB_INT8)
		*(int64_t *)to = n;
	else if (type == DB_TIMESTAMPTZ)
		*(int64_t *)to = get_time(at);
	else if (type == DB_DATE)
		*(struct day *)to = day_of_number(n + DB_EPOCH_DAYS);
	else
		memcpy(to, at, sizeof(struct uuid));
}

static bool
is_array(enum db_type type)
{
	return type == DB_UUID_ARRAY || type == DB_INT4_ARRAY || type == DB_INT8_ARRAY || type == DB_TEXT_ARRAY;
}

static enum db_type
item_of(enum db_type array)
{
	return array == DB_UUID_ARRAY ? DB_UUID : array == DB_INT4_ARRAY ? DB_INT4 :
	    array == DB_INT8_ARRAY ? DB_INT8 : DB_TEXT;
}

static size_t
item_size(enum db_type item)
{
	return item == DB_TEXT ? sizeof(struct text) : fixed_len(item);
}

/* One item of an array; NULL items have no form in C and are refused. */
static bool
take_item(struct req *rq, struct cell *c, enum db_type item, char *to)
{
	uint32_t len = take_u32(c);

	if (len > c->left || (item != DB_TEXT && len != fixed_len(item)))
		return false;
	if (item == DB_TEXT)
		*(struct text *)(void *)to = arena_copy(rq->mem, (struct text){ c->at, len });
	else
		put_fixed(item, c->at, to);
	c->at += len;
	c->left -= len;
	return true;
}

/* The items at *to and their number at *n. The number is believed only as far as the bytes go: an item has
 * at least its length of four. */
static bool
read_array(struct req *rq, struct cell c, const struct db_col *col, char *row)
{
	enum db_type item = item_of(col->type);
	uint32_t dimensions = take_u32(&c);
	size_t n, size = item_size(item);
	void *items;

	SURE(col->mark != 0xffff);
	(void)take_u32(&c);
	(void)take_u32(&c);
	n = dimensions == 0 ? 0 : take_u32(&c);
	(void)take_u32(&c);
	if (dimensions > 1 || n > c.left / 4)
		return false;
	items = arena_zero(rq->mem, n * size + 1, _Alignof(max_align_t));
	for (size_t i = 0; i < n; i++)
		if (!take_item(rq, &c, item, (char *)items + i * size))
			return false;
	memcpy(row + col->at, &items, sizeof(items));
	memcpy(row + col->mark, &n, sizeof(n));
	return true;
}

static bool
read_bytes(struct req *rq, struct cell c, const struct db_col *col, char *row)
{
	struct text t = { c.at, c.left };

	if (col->type == DB_JSONB) {
		if (t.len < 1 || t.at[0] != 1)
			return false;
		t = (struct text){ t.at + 1, t.len - 1 };
	}
	*(struct text *)(void *)(row + col->at) = arena_copy(rq->mem, t);
	return true;
}

static bool
read_cell(struct req *rq, struct cell c, const struct db_col *col, char *row)
{
	if (is_array(col->type))
		return read_array(rq, c, col, row);
	if (col->type == DB_TEXT || col->type == DB_BYTEA || col->type == DB_JSONB)
		return read_bytes(rq, c, col, row);
	if (c.left != fixed_len(col->type))
		return false;
	put_fixed(col->type, c.at, row + col->at);
	if (col->mark != 0xffff)
		*(bool *)(row + col->mark) = true;
	return true;
}

/* The row is zeroed by its taker: a NULL leaves it so. */
const struct err *
db_row_read(struct req *rq, const struct db_stmt *s, const PGresult *res, int i, void *row)
{
	memset(row, 0, s->row_size);
	for (size_t f = 0; f < s->n_out; f++) {
		const struct db_col *col = &s->out[f];
		struct cell c = { PQgetvalue(res, i, (int)f), (size_t)PQgetlength(res, i, (int)f) };

		if (PQgetisnull(res, i, (int)f) != 0) {
			if (!col->nullable)
				return FAIL(rq, INTERNAL, "db.unexpected_null", "%s.%s is NULL", s->name, col->name);
			continue;
		}
		if (!read_cell(rq, c, col, row))
			return FAIL(rq, INTERNAL, "db.column_form", "%s.%s is not readable", s->name, col->name);
	}
	return NULL;
}
