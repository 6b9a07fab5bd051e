/* Live: what all replicas publish reaches the sockets of this one. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/pack/pack.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/proto/notification/notification_events.gen.h"
#include "services/notification/door/room.h"

static bool
is(const struct envelope *e, const struct event_type *type)
{
	return text_is(e->type, type->type) && e->version == type->version;
}

/* A payload that cannot be read is of a version that must not exist: told to the operator, not pushed. */
static bool
read_payload(struct req *rq, const struct envelope *e, const struct event_type *type, void *into)
{
	const struct err *failed = pack_read(rq, e->payload, type->payload, into);

	if (failed != NULL)
		log_err(rq, LV_ERROR, "socket.event_malformed", failed);
	return failed == NULL;
}

/* Who is cut comes back and says how far it got, if it may. */
static void
cut(struct door *d, const char *what, struct uuid which)
{
	char room[DOOR_ROOM_CHARS + 1];

	door_room_name(room, what, which);
	socketio_disconnect_room(d->sio, "/", room, true);
}

struct push { struct door *door; struct text args; int64_t sent; };

static void
push_one(void *arg, socketio_id id, enum flow_say say)
{
	struct push *p = arg;

	if (say == FLOW_SEND) {
		socketio_emit(p->door->sio, id, "addAlarm", p->args);
		p->sent++;
	} else if (!work_put(p->door->work, &(struct task){ .run = door_read_task, .id = id, .ack_id = -1 }, true)) {
		socketio_disconnect(p->door->sio, id, true);
	}
}

void
door_hear_alarm(void *arg, struct req *rq, const struct envelope *e)
{
	struct push push = { .door = arg };
	struct alarm_added_v1 added = { .number = 0 };
	uint64_t dropped;

	if (!is(e, &alarm_added_v1_event) || !read_payload(rq, e, &alarm_added_v1_event, &added))
		return;
	/* Should the way to the sockets be full, whoever may have lost this one is cut. */
	push.args = door_args(rq, &(struct alarm){ .alarm_id = added.alarm_id, .number = added.number,
		.alarm_type = added.kind, .message = added.message, .has_path = added.has_path, .path = added.path,
		.created_at = added.created_at }, 1);
	dropped = socketio_stats(push.door->sio).dropped;
	seats_live(push.door->seats, added.user_id, added.number, push_one, &push);
	count_pushed(push.sent);
	if (push.sent > 0)
		LOG(rq, INFO, "socket.pushed", kv_u("alarm", added.alarm_id), kv_i("sockets", push.sent));
	if (push.sent > 0 && socketio_stats(push.door->sio).dropped != dropped)
		cut(push.door, "user", added.user_id);
}

static void
end_session(struct door *d, struct req *rq, const struct envelope *e)
{
	struct session_revoked_v1 revoked = { .revoked_at = 0 };

	if (!read_payload(rq, e, &session_revoked_v1_event, &revoked))
		return;
	seats_end_session(d->seats, revoked.user_id, revoked.session_id);
	cut(d, "session", revoked.session_id);
	LOG(rq, INFO, "socket.session_ended", kv_u("session", revoked.session_id));
}

static void
cut_one(void *arg, socketio_id id, enum flow_say say)
{
	struct door *d = arg;

	(void)say;
	socketio_disconnect(d->sio, id, true);
}

static void
end_membership(struct door *d, struct req *rq, const struct envelope *e)
{
	struct membership_ended_v1 ended = { .ended_at = 0 };

	if (!read_payload(rq, e, &membership_ended_v1_event, &ended))
		return;
	seats_end_membership(d->seats, ended.user_id, ended.company_id, cut_one, d);
	LOG(rq, INFO, "socket.membership_ended", kv_u("user", ended.user_id), kv_u("company", ended.company_id));
}

void
door_hear_auth(void *arg, struct req *rq, const struct envelope *e)
{
	if (is(e, &session_revoked_v1_event))
		end_session(arg, rq, e);
	else if (is(e, &membership_ended_v1_event))
		end_membership(arg, rq, e);
}
