/* Who reads how far. Written seldom: what it decides is what is kept beyond fourteen days. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/log/log.h"
#include "common/outside/room.h"
#include "gen/common/outside/outside.sql.h"

enum { READERS = 256, NOTE_EVERY_US = 5000000 };

struct reader { struct uuid key; int64_t noted_us; };
struct readers { pthread_mutex_t lock; struct reader at[READERS]; };

struct readers *
outside_readers_open(void)
{
	struct readers *s = calloc(1, sizeof(*s));

	SURE(s != NULL && pthread_mutex_init(&s->lock, NULL) == 0);
	return s;
}

void
outside_readers_close(struct readers **s)
{
	if (*s == NULL)
		return;
	SURE(pthread_mutex_destroy(&(*s)->lock) == 0);
	free(*s);
	*s = NULL;
}

/* With more keys than places the one that was noted longest ago is forgotten, which costs a write. */
static bool
is_due(struct readers *s, struct uuid key)
{
	int64_t now_us = clock_mono_us();
	struct reader *mine = &s->at[0];
	bool due;

	SURE(pthread_mutex_lock(&s->lock) == 0);
	for (size_t i = 0; i < READERS && !uuid_eq(mine->key, key); i++)
		if (uuid_eq(s->at[i].key, key) || s->at[i].noted_us < mine->noted_us)
			mine = &s->at[i];
	due = !uuid_eq(mine->key, key) || now_us - mine->noted_us >= NOTE_EVERY_US;
	if (due)
		*mine = (struct reader){ key, now_us };
	SURE(pthread_mutex_unlock(&s->lock) == 0);
	return due;
}

struct note { const char *name; const int64_t *cursor; };

static const struct err *
write_note(struct req *rq, void *arg)
{
	const struct note *note = arg;
	int64_t n;

	return sql_outside_note(rq, text_of(note->name), note->cursor, OUTBOX_PARTITIONS, rq->now_us, &n);
}

void
outside_readers_note(struct req *rq, struct readers *s, struct uuid key, const int64_t cursor[OUTBOX_PARTITIONS])
{
	char name[UUID_CHARS + 1];

	if (!is_due(s, key))
		return;
	uuid_print(key, name);
	const struct err *e = db_tx(rq, TX_WRITE, write_note, &(struct note){ name, cursor });
	if (e != NULL)
		log_err(rq, LV_WARN, "outside.not_noted", e);
}
