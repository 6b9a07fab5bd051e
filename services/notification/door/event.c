/* What clients say: alarmJoin and alarm, the product's two words. */
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "common/log/log.h"
#include "services/notification/door/room.h"
#include "services/notification/who/admit.h"

static void
ack(struct door *d, socketio_id id, int64_t ack_id, const char *json)
{
	if (ack_id >= 0)
		socketio_ack(d->sio, id, ack_id, text_of(json), NULL, 0);
}

/* The product's clients send their token with every event. It says nothing new, but must be of the user whose socket it
 * is; one that has run out since the socket came in still is. */
static const struct err *
check_token(struct req *rq, const struct task *t, const struct seat_of *who)
{
	const struct json_doc *doc;
	struct access_token token;
	const struct err *e;
	struct text given;

	TRY(json_parse(rq, t->json, &doc));
	if (!json_text(rq, doc, "0", &given))
		return NULL;
	e = admit_token(rq, given, &token);
	if (e != NULL && strcmp(e->slug, "token.expired") != 0)
		return e;
	return uuid_eq(token.user, who->user) ? NULL : FAIL(rq, FORBIDDEN, "token.mismatch", "the token is another user's");
}

static const struct err *
send_list(struct req *rq, const struct task *t, const struct seat_of *who)
{
	struct alarm_rows rows;
	struct buf args = buf_in(rq->mem, ARGS_BYTES);

	TRY(alarm_newest(rq, who->user, INT64_MAX, ALARM_PAGE, &rows));
	buf_byte(&args, '[');
	buf_text(&args, door_args(rq, rows.items, rows.n));
	buf_byte(&args, ']');
	SURE(!args.overflow);
	socketio_emit(door_of(rq)->sio, t->id, "sendAlarm", buf_as_text(&args));
	return NULL;
}

static void
answer(struct req *rq, const struct task *t, bool list)
{
	struct door *d = door_of(rq);
	const struct err *e;
	struct seat_of who;

	if (!seats_who(d->seats, t->id, &who))
		return;
	e = check_token(rq, t, &who);
	if (e == NULL && list)
		e = send_list(rq, t, &who);
	seats_answered(d->seats, t->id);
	if (e == NULL) {
		ack(d, t->id, t->ack_id, "[{\"ok\":true}]");
		return;
	}
	log_err(rq, LV_INFO, "socket.event_refused", e);
	ack(d, t->id, t->ack_id, e->code == E_UNKNOWN_WHO || e->code == E_FORBIDDEN ?
	    "[{\"error\":\"token_mismatch\"}]" : "[{\"error\":\"busy\"}]");
}

static void
join_task(struct req *rq, const struct task *t)
{
	answer(rq, t, false);
}

static void
list_task(struct req *rq, const struct task *t)
{
	answer(rq, t, true);
}

void
door_event(void *arg, socketio_id id, const struct socketio_event *ev)
{
	struct door *d = arg;
	bool list = text_is(ev->name, "alarm");
	struct task t = { .run = list ? list_task : join_task, .id = id, .ack_id = ev->ack_id, .json = ev->args_json };

	if (!list && !text_is(ev->name, "alarmJoin"))
		ack(d, id, ev->ack_id, "[{\"error\":\"unknown_event\"}]");
	else if (ev->args_json.len > SAID_BYTES)
		ack(d, id, ev->ack_id, "[{\"error\":\"token_mismatch\"}]");
	else if (!list && text_is(ev->args_json, "[]"))
		ack(d, id, ev->ack_id, "[{\"ok\":true}]");
	else if (!seats_ask(d->seats, id))
		ack(d, id, ev->ack_id, "[{\"error\":\"busy\"}]");
	else if (!work_put(d->work, &t, false)) {
		seats_answered(d->seats, id);
		ack(d, id, ev->ack_id, "[{\"error\":\"busy\"}]");
	}
}
