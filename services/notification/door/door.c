/* Opening and closing the Socket.IO door. */
#include "services/notification/door/door.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "services/notification/door/room.h"

/* WAITING: a restart brings all clients of a replica back within seconds; a worker lets in about a thousand a second.
 * QUEUE_BYTES: what a client missed in weeks; who reads slower than that is cut and says on return how far it got.
 * PAYLOAD_BYTES: clients send tokens and nothing larger. */
enum { WAITING = 8192, QUEUE_BYTES = 1 << 20, PAYLOAD_BYTES = 65536, CONNECT_MS = 45000, UPGRADE_MS = 10000,
	GRACE_MS = 1000 };

static void
on_disconnect(void *arg, socketio_id id, const char *reason)
{
	struct door *d = arg;

	seats_remove(d->seats, id);
	LOG(NULL, DEBUG, "socket.closed", kv_i("socket", (int64_t)id), kv_s("reason", reason));
}

/* "https://a.example, https://b.example" */
static const struct err *
read_origins(struct req *rq, struct door *d, const char *list)
{
	char *rest = strdup(list), *origin;
	size_t n = 0;

	d->origin_list = rest;
	while ((origin = strsep(&rest, ", ")) != NULL) {
		if (*origin == '\0')
			continue;
		if (n + 1 == COUNT_OF(d->origins))
			return FAIL(rq, INVALID, "config.cors_origins", "DURE_CORS_ORIGINS has more than %zu origins", n);
		d->origins[n++] = origin;
	}
	return NULL;
}

static const struct err *
open_socketio(struct req *rq, struct door *d, const struct notification_config *config)
{
	TRY(read_origins(rq, d, config->cors_origins));
	d->events = (struct socketio_events){ .connect = door_connect, .event = door_event,
		.disconnect = on_disconnect, .arg = d };
	d->config = (struct socketio_config){ .listen = config->socketio_listen, .path = "/socket.io/",
		.ping_interval_ms = (int)config->socketio_ping_interval_ms,
		.ping_timeout_ms = (int)config->socketio_ping_timeout_ms,
		.connect_timeout_ms = CONNECT_MS, .upgrade_timeout_ms = UPGRADE_MS,
		.max_payload_bytes = PAYLOAD_BYTES, .max_queue_bytes = QUEUE_BYTES,
		.max_sockets = (size_t)config->socketio_max_sockets, .cors_origins = d->origins,
		.trusted_proxies = config->trusted_proxies };
	return socketio_open(rq, &d->sio, &d->config, &d->events);
}

/* *out before the sockets: a client may come in at once. The taps last: they push. */
const struct err *
door_open(struct req *rq, struct door **out, struct app *app, const struct notification_config *config)
{
	static struct door door;
	static bool counted;

	door = (struct door){ .seats = seats_open() };
	*out = &door;
	door.work = work_open(app, (int)config->socket_workers, WAITING);
	TRY(open_socketio(rq, &door, config));
	if (!counted)
		count_open(&door);
	counted = true;
	TRY(tap_open(rq, &door.alarms, app, "notification", door_hear_alarm, &door));
	TRY(tap_open(rq, &door.auth, app, "auth", door_hear_auth, &door));
	__atomic_store_n(&door.opened, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool
hears(const struct door *d)
{
	return __atomic_load_n(&d->opened, __ATOMIC_ACQUIRE) && tap_hears(d->alarms) && tap_hears(d->auth);
}

const struct err *
door_hears(struct req *rq)
{
	const struct timespec pause = { 0, 20 * 1000000L };
	int64_t until = clock_mono_us() + (int64_t)HEARS_MS * 1000;

	while (!hears(door_of(rq)) && clock_mono_us() < until)
		(void)nanosleep(&pause, NULL);
	return hears(door_of(rq)) ? NULL : FAIL(rq, BUSY, "socket.deaf", "auth or this service publishes nothing yet");
}

void
door_close(struct door **dp)
{
	struct door *d = *dp;

	if (d == NULL)
		return;
	work_stop(d->work);       /* its threads ask the taps */
	tap_close(&d->alarms);
	tap_close(&d->auth);
	if (d->sio != NULL)
		socketio_close(&d->sio, GRACE_MS);
	work_free(&d->work);
	seats_close(&d->seats);
	free(d->origin_list);
	*dp = NULL;
}

bool
door_is_open(const struct door *d)
{
	return d != NULL && d->sio != NULL;
}

int
door_port(const struct door *d)
{
	return socketio_port(d->sio);
}
