/* What a socket missed: read behind the last number it was sent, page by page. */
#include "common/log/log.h"
#include "services/notification/door/room.h"

struct text
door_args(struct req *rq, const struct alarm *a, size_t n)
{
	struct buf b = buf_in(rq->mem, ARGS_BYTES);

	buf_byte(&b, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_byte(&b, ',');
		alarm_write(&b, &a[i]);
	}
	buf_byte(&b, ']');
	SURE(!b.overflow);
	return buf_as_text(&b);
}

/* False: the way to the sockets was full meanwhile, so it is not sure that all of these went out. */
static bool
send_page(struct req *rq, socketio_id id, const struct alarm_rows *rows)
{
	struct socketio *sio = door_of(rq)->sio;
	uint64_t dropped = socketio_stats(sio).dropped;

	for (size_t i = 0; i < rows->n; i++)
		socketio_emit(sio, id, "addAlarm", door_args(rq, &rows->items[i], 1));
	count_pushed((int64_t)rows->n);
	return socketio_stats(sio).dropped == dropped;
}

/* One page; *again: there is more. */
static const struct err *
one_page(struct req *rq, socketio_id id, bool *again)
{
	struct seats *seats = door_of(rq)->seats;
	struct seat_reading reading;
	struct alarm_rows rows;

	*again = false;
	if (!seats_reading(seats, id, &reading))
		return NULL;
	TRY(alarm_after(rq, reading.user, reading.last, &rows));
	if (!send_page(rq, id, &rows))
		return FAIL(rq, BUSY, "socket.queue_full", "too much waits to be sent");
	*again = seats_took(seats, id, reading.asked, rows.n > 0 ? rows.items[rows.n - 1].number : 0,
	    rows.n == ALARM_PAGE);
	return NULL;
}

static void
next_page_later(struct req *rq, socketio_id id)
{
	struct door *d = door_of(rq);

	if (!work_put(d->work, &(struct task){ .run = door_read_task, .id = id, .ack_id = -1 }, true))
		socketio_disconnect(d->sio, id, true);
}

/* The next page is a task of its own: who missed much lets others in between. */
void
door_catch_up(struct req *rq, socketio_id id)
{
	bool again;
	const struct err *e = one_page(rq, id, &again);

	if (e != NULL) {
		log_err(rq, LV_WARN, "socket.cut", e);
		socketio_disconnect(door_of(rq)->sio, id, true);
	} else if (again) {
		next_page_later(rq, id);
	}
}

void
door_read_task(struct req *rq, const struct task *t)
{
	door_catch_up(rq, t->id);
}
