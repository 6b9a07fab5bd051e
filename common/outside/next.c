/* The events behind a cursor that a key may see, and how far that looked. */
#include <string.h>

#include "common/core/app.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/outside/room.h"
#include "gen/common/outside/outside.sql.h"

/* As outside_next has it. */
enum { SPAN = 2000 };

struct look {
	const struct outside_ask *ask;
	struct outside_page      *page;
	int64_t                   heads[OUTBOX_PARTITIONS], after[OUTBOX_PARTITIONS];
};

static bool
has_type(const struct text *types, size_t n, struct text type)
{
	for (size_t i = 0; i < n; i++)
		if (text_eq(types[i], type))
			return true;
	return false;
}

static const struct err *
check_scope(struct req *rq, const struct outside_ask *ask)
{
	for (size_t i = 0; i < ask->n_types; i++)
		if (ask->key->n_types > 0 && !has_type(ask->key->types, ask->key->n_types, ask->types[i]))
			return FAIL(rq, FORBIDDEN, "event_key.out_of_scope", "the key may not see %.*s",
			    TEXT_ARG(ask->types[i]));
	return NULL;
}

/* False: the cursor is of no use; the page says which to take. */
static bool
check_cursor(struct look *l, const struct sql_outside_heads_row *rows, size_t n)
{
	struct outside_page *page = l->page;

	page->found = OUTSIDE_FOUND;
	for (size_t i = 0; i < n; i++) {
		int p = rows[i].partition;
		int64_t oldest = rows[i].oldest_seq - 1;

		l->heads[p] = rows[i].seq;
		page->heads_sum += rows[i].seq;
		l->after[p] = l->ask->has_after ? l->ask->after[p] : oldest;
		if (l->after[p] > rows[i].seq)
			page->found = OUTSIDE_AHEAD;
		else if (l->after[p] < oldest && page->found == OUTSIDE_FOUND)
			page->found = OUTSIDE_EXPIRED;
		page->cursor[p] = l->after[p] > oldest ? l->after[p] : oldest;
	}
	if (page->found == OUTSIDE_AHEAD)
		memcpy(page->cursor, l->heads, sizeof(l->heads));
	return page->found == OUTSIDE_FOUND;
}

static void
take_rows(struct req *rq, struct outside_page *page, const struct sql_outside_next_row *rows, size_t n)
{
	page->events = NEWS(rq->mem, struct envelope, n + 1);
	page->n = n;
	for (size_t i = 0; i < n; i++) {
		const struct sql_outside_next_row *row = &rows[i];
		page->events[i] = (struct envelope){ .id = row->event_id, .tenant = row->tenant, .key = row->key,
			.type = row->type, .publisher = text_of(rq->app->service), .trace = row->trace,
			.payload = row->payload, .version = row->version, .partition = row->partition, .seq = row->seq,
			.occurred_us = row->occurred_at };
		page->cursor[row->partition] = row->seq;
	}
}

/* When nothing that passes was left out, all of the span was looked at, and the cursor goes to its end: so a filter
 * leaves holes in the numbers but never in what was asked. */
static void
cover(struct look *l, bool whole)
{
	l->page->more = !whole;
	for (int p = 0; p < OUTBOX_PARTITIONS; p++) {
		int64_t reach = l->after[p] + SPAN < l->heads[p] ? l->after[p] + SPAN : l->heads[p];
		if (whole && l->page->cursor[p] < reach)
			l->page->cursor[p] = reach;
		l->page->more |= l->page->cursor[p] < l->heads[p];
	}
}

/* The heads first: rows of a later statement can only be more. */
static const struct err *
look(struct req *rq, void *arg)
{
	struct look *l = arg;
	const struct outside_ask *ask = l->ask;
	bool narrow = ask->n_types > 0;
	struct sql_outside_heads_row *heads;
	struct sql_outside_next_row *rows;
	size_t n;

	*l->page = (struct outside_page){ .n = 0 };
	TRY(sql_outside_heads(rq, &heads, &n));
	if (!check_cursor(l, heads, n))
		return NULL;
	TRY(sql_outside_next(rq, l->after, OUTBOX_PARTITIONS, narrow ? ask->types : ask->key->types,
	    narrow ? ask->n_types : ask->key->n_types, ask->key->company, ask->limit, ask->max_bytes, &rows, &n));
	take_rows(rq, l->page, rows, n);
	cover(l, n == 0 || (rows[0].found == (int64_t)n && n < (size_t)ask->limit));
	return NULL;
}

const struct err *
outside_next(struct req *rq, const struct outside_ask *ask, struct outside_page *page)
{
	struct look l = { .ask = ask, .page = page };

	TRY(check_scope(rq, ask));
	return db_tx(rq, TX_READ, look, &l);
}

static const struct err *
read_edges(struct req *rq, void *arg)
{
	struct outside_edges *edges = arg;
	struct sql_outside_heads_row *rows;
	size_t n;

	edges->heads_sum = 0;
	TRY(sql_outside_heads(rq, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		edges->now[rows[i].partition] = rows[i].seq;
		edges->oldest[rows[i].partition] = rows[i].oldest_seq - 1;
		edges->heads_sum += rows[i].seq;
	}
	return NULL;
}

const struct err *
outside_look(struct req *rq, struct outside_edges *edges)
{
	return db_tx(rq, TX_READ, read_edges, edges);
}
