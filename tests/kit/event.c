/* What a step left in the outbox, and the steps that no request calls: events and jobs. */
#include "tests/kit/room.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/arena.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/pack/pack.h"
#include "common/svc/svc.h"
#include "tests/kit/step.h"

enum { WORK_MS = 20000 };
#define WORK_BYTES  ((size_t)64 << 20)

const char *
kit_sql(struct kit *k, const char *sql, ...)
{
	char *text = NULL;
	const char *result;
	va_list args;

	va_start(args, sql);
	SURE(vasprintf(&text, sql, args) >= 0);
	va_end(args);
	result = kit_db_sql(k->database, "%s", text);
	free(text);
	return result;
}

/* ---- the outbox */

static uint8_t
nibble(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static struct text
from_hex(struct arena *mem, const char *hex)
{
	size_t n = strlen(hex) / 2;
	char *bytes = arena_zero(mem, n + 1, 1);

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
	return (struct text){ bytes, n };
}

static const void *
unpack(const struct event_type *type, const char *hex)
{
	struct arena *mem = kit_memory_lock();
	struct req rq;
	void *payload = arena_zero(mem, type->payload->size, type->payload->align);
	const struct err *e;

	req_begin(&rq, NULL, mem, TEXT("kit event"), WORK_MS);
	e = pack_read(&rq, from_hex(mem, hex), type->payload, payload);
	req_end(&rq);
	kit_memory_unlock();
	if (e != NULL)
		kit_fail("%s v%d in the outbox is malformed: %s", type->type, type->version, e->detail);
	return payload;
}

const void *
kit_event(struct kit *k, const struct event_type *type)
{
	const char *row = kit_sql(k, "SELECT id, type, version, encode(payload, 'hex') FROM outbox WHERE id > %lld "
	    "AND type NOT LIKE '%s' AND (type <> 'audit.recorded' OR type = '%s') ORDER BY id LIMIT 1", (long long)k->last_row,
	    k->ignored, type->type);
	char *copy, *rest, *id, *name, *version, *hex;
	const void *payload;

	if (*row == '\0')
		kit_fail("no %s in the outbox: there is nothing more", type->type);
	rest = copy = strdup(row);
	id = strsep(&rest, "|");
	name = strsep(&rest, "|");
	version = strsep(&rest, "|");
	hex = rest;
	if (strcmp(name, type->type) != 0 || atoi(version) != type->version)
		kit_fail("the next event is %s v%s, not %s v%d", name, version, type->type, type->version);
	k->last_row = atoll(id);
	payload = unpack(type, hex);
	free(copy);
	return payload;
}

void
kit_event_ignore(struct kit *k, const char *types)
{
	k->ignored = types;
}

bool
kit_no_event(struct kit *k)
{
	return *kit_sql(k, "SELECT 1 FROM outbox WHERE id > %lld AND type NOT LIKE '%s' AND type <> 'audit.recorded' LIMIT 1",
	    (long long)k->last_row, k->ignored) == '\0';
}

/* ---- brackets */

/* One unit of work as a door would run it: again from the start when the database says so. */
struct work {
	struct kit *k;
	struct text door;
	enum tx     tx;
	struct uuid tenant;
	const struct err *(*part)(struct req *rq, void *arg);
	void       *arg;
};

static const struct err *
run_once(const struct work *w, struct arena *mem, struct req *rq)
{
	const struct err *e, *closed;

	arena_reset(mem);
	req_begin(rq, &w->k->app, mem, w->door, WORK_MS);
	rq->tx = w->tx;
	rq->company = w->tenant;
	e = w->part(rq, w->arg);
	closed = db_close(rq, e == NULL);
	return e != NULL ? e : closed;
}

static const char *
run(const struct work *w)
{
	struct arena *mem = arena_open(WORK_BYTES);
	struct req rq;
	const struct err *e = NULL;
	const char *slug;

	for (int i = 0; i < DB_RUNS; i++) {
		e = run_once(w, mem, &rq);
		if (e == NULL || !db_should_rerun(e))
			break;
		db_rerun_pause(i + 1);
	}
	slug = e != NULL ? kit_print("%s", e->slug) : NULL;
	req_end(&rq);
	arena_close(&mem);
	return slug;
}

const char *
kit_part(struct kit *k, enum tx tx, db_part *part, void *arg)
{
	return run(&(struct work){ .k = k, .door = TEXT("kit part"), .tx = tx, .part = part, .arg = arg });
}

struct heard { inbox_door *door; const void *payload; const struct envelope *envelope; };

static const struct err *
hear(struct req *rq, void *arg)
{
	const struct heard *h = arg;

	rq->event = h->envelope;
	return h->door(rq, h->payload);
}

const char *
kit_hear(struct kit *k, const struct event_type *type, struct uuid tenant, const void *payload)
{
	struct envelope envelope = { .id = uuid_new(), .type = text_of(type->type), .version = type->version,
		.publisher = text_of(type->publisher), .tenant = tenant, .occurred_us = clock_now_us() };

	for (size_t i = 0; i < k->svc->n_listens; i++) {
		const struct inbox_listen *l = &k->svc->listens[i];
		struct heard h = { l->door, payload, &envelope };

		if (strcmp(l->type->type, type->type) == 0 && l->type->version == type->version)
			return run(&(struct work){ .k = k, .door = text_of(l->name), .tx = TX_WRITE, .tenant = tenant,
			    .part = hear, .arg = &h });
	}
	kit_fail("%s does not listen to %s v%d", k->svc->name, type->type, type->version);
}

struct due { job_door *door; struct job job; };

static const struct err *
work(struct req *rq, void *arg)
{
	const struct due *d = arg;

	return d->door(rq, &d->job);
}

const char *
kit_job(struct kit *k, const char *kind, const char *key, const char *payload)
{
	for (size_t i = 0; i < k->svc->n_jobs + k->svc->n_apart; i++) {
		const struct job_type *type = i < k->svc->n_jobs ? &k->svc->jobs[i] : &k->svc->apart[i - k->svc->n_jobs];
		struct due d = { type->door, { .id = uuid_new(), .kind = text_of(kind), .key = text_of(key),
		    .payload = text_of(payload), .attempts = 1, .due_us = clock_now_us() } };

		if (strcmp(type->kind, kind) == 0)
			return run(&(struct work){ .k = k, .door = text_of(kind), .tx = type->tx, .part = work, .arg = &d });
	}
	kit_fail("%s has no job %s", k->svc->name, kind);
}
