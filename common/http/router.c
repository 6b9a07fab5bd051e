/* Finds the row of a route table that a request path belongs to. */
#include <stdlib.h>
#include <string.h>

#include "common/core/text.h"
#include "common/http/router.h"

/* Longer paths than any contract has; a longer one matches nothing. */
enum { MAX_SEGMENTS = 16, MAX_METHODS = 32 };

struct segment { struct text t; bool is_param; };
struct row { int index, method; size_t n; struct segment at[MAX_SEGMENTS]; };

/* Rows stand sorted so that the first one that fits is the right one: by number of segments, then
 * segment by segment, literals before parameters. */
struct router { size_t n; struct row rows[]; };

/* Cuts "/a/b" into "a" and "b"; "/" has none. False for what no route can be. */
static bool
split(struct text path, struct text at[MAX_SEGMENTS], size_t *n)
{
	*n = 0;
	if (path.len == 0 || path.at[0] != '/')
		return false;
	if (path.len == 1)
		return true;
	for (size_t from = 1, i = 1; i <= path.len; i++) {
		if (i < path.len && path.at[i] != '/')
			continue;
		if (i == from || *n == MAX_SEGMENTS)
			return false;
		at[(*n)++] = (struct text){ path.at + from, i - from };
		from = i + 1;
	}
	return true;
}

static int
compare_segments(const struct segment *a, const struct segment *b)
{
	if (a->is_param != b->is_param)
		return a->is_param ? 1 : -1;
	if (a->is_param || text_eq(a->t, b->t))
		return 0;
	size_t least = a->t.len < b->t.len ? a->t.len : b->t.len;
	int d = memcmp(a->t.at, b->t.at, least);
	return d != 0 ? d : (a->t.len < b->t.len ? -1 : 1);
}

/* Equal for rows that take the same paths. */
static int
compare_shapes(const struct row *a, const struct row *b)
{
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (size_t i = 0; i < a->n; i++) {
		int d = compare_segments(&a->at[i], &b->at[i]);
		if (d != 0)
			return d;
	}
	return 0;
}

static int
compare_rows(const void *a, const void *b)
{
	const struct row *ra = a, *rb = b;
	int d = compare_shapes(ra, rb);
	return d != 0 ? d : ra->method - rb->method;
}

static void
row_read(struct row *row, int index, const char *path, int method)
{
	struct text at[MAX_SEGMENTS];
	size_t params = 0;

	SURE(method >= 0 && method < MAX_METHODS);
	SURE(split(text_of(path), at, &row->n));
	row->index = index;
	row->method = method;
	for (size_t i = 0; i < row->n; i++) {
		struct text t = at[i];
		row->at[i].is_param = t.len > 2 && t.at[0] == '{' && t.at[t.len - 1] == '}';
		row->at[i].t = row->at[i].is_param ? (struct text){ t.at + 1, t.len - 2 } : t;
		params += row->at[i].is_param;
	}
	SURE(params <= ROUTER_MAX_PARAMS);
}

struct router *
router_open(const char *const *paths, const int *methods, size_t n)
{
	struct router *r = calloc(1, sizeof *r + n * sizeof r->rows[0]);

	SURE(r != NULL);
	r->n = n;
	for (size_t i = 0; i < n; i++)
		row_read(&r->rows[i], (int)i, paths[i], methods[i]);
	qsort(r->rows, n, sizeof r->rows[0], compare_rows);
	for (size_t i = 1; i < n; i++)
		SURE(compare_rows(&r->rows[i - 1], &r->rows[i]) != 0);
	return r;
}

void
router_close(struct router **r)
{
	free(*r);
	*r = NULL;
}

static bool
fits(const struct row *row, const struct text *at, size_t n)
{
	if (row->n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!row->at[i].is_param && !text_eq(row->at[i].t, at[i]))
			return false;
	return true;
}

/* A segment that may stand in a path: visible ASCII, honest escapes, no step up or sideways. */
static bool
segment_decode(struct arena *mem, struct text raw, struct text *out)
{
	for (size_t i = 0; i < raw.len; i++)
		if (raw.at[i] <= ' ' || raw.at[i] > '~')
			return false;
	if (!percent_decode(mem, raw, false, out) || !text_is_utf8(*out))
		return false;
	return memchr(out->at, '/', out->len) == NULL && !text_is(*out, ".") && !text_is(*out, "..");
}

static size_t
first_fit(const struct router *r, const struct text *raw, size_t n)
{
	size_t i = 0;
	while (i < r->n && !fits(&r->rows[i], raw, n))
		i++;
	return i;
}

static void
take_params(const struct row *row, const struct text *values, struct router_match *out)
{
	out->row = row->index;
	for (size_t i = 0; i < row->n; i++) {
		if (!row->at[i].is_param)
			continue;
		out->names[out->n_params] = row->at[i].t;
		out->values[out->n_params++] = values[i];
	}
}

void
router_find(const struct router *r, struct arena *mem, int method, struct text path,
    struct router_match *out)
{
	struct text raw[MAX_SEGMENTS], values[MAX_SEGMENTS];
	size_t n;

	*out = (struct router_match){ .row = -1 };
	if (!split(path, raw, &n))
		return;
	for (size_t i = 0; i < n; i++)
		if (!segment_decode(mem, raw[i], &values[i]))
			return;
	size_t first = first_fit(r, raw, n);
	for (size_t i = first; i < r->n && compare_shapes(&r->rows[first], &r->rows[i]) == 0; i++) {
		out->allowed |= 1u << r->rows[i].method;
		if (r->rows[i].method == method)
			take_params(&r->rows[i], values, out);
	}
	if (out->row < 0 && out->allowed != 0)
		out->row = -2;
}
