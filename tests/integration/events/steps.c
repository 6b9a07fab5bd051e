/* The publisher's step (move a thing) and the subscriber's (write down that it moved). */
#include "tests/integration/events/steps.h"

#include "common/db/db.h"

static const struct msg_field fields[] = {
	{ .name = "key",
	    .kind = MSG_UUID,
	    .flags = MSG_REQUIRED,
	    .at = offsetof(struct thing_moved, key),
	    .mark = MSG_NONE },
	{ .name = "n",
	    .kind = MSG_I64,
	    .flags = MSG_REQUIRED,
	    .at = offsetof(struct thing_moved, n),
	    .mark = MSG_NONE,
	    .min = 1,
	    .max = INT64_MAX },
};
static const struct msg_type payload = { "thing_moved", sizeof(struct thing_moved),
	_Alignof(struct thing_moved), fields, 2, true };
const struct event_type thing_moved_event = { "thing.moved", 1, "shop", true, &payload };
const struct event_type thing_seen_event = { "thing.seen", 1, "shop", false, &payload };

static const enum db_type uuid_in[] = { DB_UUID, DB_INT8 };
static const struct db_col n_out[] = { { "n", DB_INT8, false, 0, 0xffff } };
static const struct db_stmt key_next = { .name = "key_next",
	.text = "UPDATE keys SET n = n + 1 WHERE key = $1 RETURNING n",
	.take = DB_ONE,
	.n_in = 1,
	.n_out = 1,
	.in = uuid_in,
	.out = n_out,
	.row_size = 8,
	.row_align = 8 };
static const struct db_stmt poisoned = { .name = "poisoned",
	.text = "SELECT count(n) AS n FROM poison WHERE key = $1 AND n = $2",
	.take = DB_ONE,
	.n_in = 2,
	.n_out = 1,
	.in = uuid_in,
	.out = n_out,
	.row_size = 8,
	.row_align = 8 };
static const struct db_stmt hear = { .name = "hear",
	.text = "INSERT INTO heard (key, n) VALUES ($1, $2)",
	.take = DB_QUEUE,
	.n_in = 2,
	.in = uuid_in,
	.row_align = 1 };

struct uuid
key_of(int number)
{
	struct uuid u = { { 1, 2, 3, 4, 5, 6, 0x70, 8, 0x80 } };

	u.b[14] = (uint8_t)(number >> 8);
	u.b[15] = (uint8_t)number;
	return u;
}

const struct err *
thing_move(struct req *rq, int key)
{
	struct thing_moved event = { .key = key_of(key) };
	struct db_args a = { .n = 0 };

	db_arg_uuid(&a, &event.key);
	TRY(db_one(rq, &key_next, &a, &event.n));
	TRY(outbox_put(rq, &thing_seen_event, event.key, &event));
	return outbox_put(rq, &thing_moved_event, event.key, &event);
}

static const struct err *
on_thing_moved(struct req *rq, const void *event)
{
	const struct thing_moved *moved = event;
	struct db_args a = { .n = 0 };
	int64_t bad;

	db_arg_uuid(&a, &moved->key);
	db_arg_i64(&a, moved->n);
	TRY(db_one(rq, &poisoned, &a, &bad));
	if (bad > 0)
		return FAIL(rq, RULE, "thing.poisoned", "number %lld of this key cannot be taken",
		    (long long)moved->n);
	return db_queue(rq, &hear, &a);
}

const struct inbox_listen desk_listens[1] = { { &thing_moved_event, on_thing_moved,
    "on_thing_moved" } };
