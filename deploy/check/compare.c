/* Two lists of keys and values, joined by key. */
#include <stdlib.h>
#include <string.h>

#include "deploy/check/check.h"

void
rows_add(struct arena *mem, struct rows *rows, struct row row)
{
	if (rows->n == rows->cap) {
		struct row *more;

		rows->cap = rows->cap > 0 ? rows->cap * 2 : 64;
		more = NEWS(mem, struct row, rows->cap);
		if (rows->n > 0)
			memcpy(more, rows->at, rows->n * sizeof(*more));
		rows->at = more;
	}
	rows->at[rows->n++] = row;
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->key, ((const struct row *)b)->key);
}

static void
sort(struct rows *rows)
{
	if (rows->n > 1)
		qsort(rows->at, rows->n, sizeof(rows->at[0]), by_key);
}

/* The rows of one key: from i, that many. */
static size_t
run_length(const struct rows *rows, size_t i)
{
	size_t n = 0;

	while (i + n < rows->n && strcmp(rows->at[i].key, rows->at[i + n].key) == 0)
		n++;
	return n;
}

static bool
agree(const char *a, const char *b)
{
	return a == NULL || b == NULL || strcmp(a, b) == 0;
}

static const char *
said(struct arena *mem, const struct row *row, size_t times)
{
	if (times == 0)
		return "nothing";
	return arena_printf(mem, "%s%s%s%s", row->what != NULL ? row->what : "", row->what != NULL && row->value != NULL ? " " : "",
	    row->value != NULL ? row->value : "", times > 1 ? arena_printf(mem, ", %zu times", times) : "");
}

struct sides { const struct row *left, *right; size_t n_left, n_right; };

static void
found(struct arena *mem, const struct sides *s, struct rows *findings)
{
	rows_add(mem, findings, (struct row){ s->n_left > 0 ? s->left->key : s->right->key,
	    arena_printf(mem, "%s here, %s there", said(mem, s->left, s->n_left), said(mem, s->right, s->n_right)), NULL });
}

static void
sums(struct arena *mem, const struct sides *s, struct rows *findings)
{
	const char *left = s->n_left > 0 ? s->left->value : "0", *right = s->n_right > 0 ? s->right->value : "0";

	if (s->n_left > 1 || s->n_right > 1 || !agree(left, right))
		found(mem, s, findings);
}

/* Several on the left may rest on one of the right. */
static void
within(struct arena *mem, const struct sides *s, struct rows *findings)
{
	for (size_t i = 0; i < s->n_left; i++)
		if (s->n_right != 1 || !agree(s->left[i].value, s->right->value))
			found(mem, &(struct sides){ &s->left[i], s->right, 1, s->n_right }, findings);
}

void
compare(struct arena *mem, enum mode mode, struct rows *left, struct rows *right, struct rows *findings)
{
	size_t l = 0, r = 0;

	sort(left);
	sort(right);
	while (l < left->n || r < right->n) {
		int order = l == left->n ? 1 : r == right->n ? -1 : strcmp(left->at[l].key, right->at[r].key);
		struct sides s = { &left->at[l], &right->at[r], 0, 0 };

		if (order <= 0)
			s.n_left = run_length(left, l);
		if (order >= 0)
			s.n_right = run_length(right, r);
		(mode == SUMS ? sums : within)(mem, &s, findings);
		l += s.n_left;
		r += s.n_right;
	}
}
