/* The door's metrics. */
#include "common/metrics/metrics.h"
#include "services/notification/door/room.h"

METRIC(sockets, GAUGE, "dure_sockets", NULL, "Sockets that were let in and are open");
METRIC(sessions, GAUGE, "dure_socket_connections", NULL, "Engine.IO connections below the sockets");
METRIC(cut, COUNTER, "dure_sockets_cut_total", NULL, "Sockets cut because they did not read");
METRIC(dropped, COUNTER, "dure_socket_messages_dropped_total", NULL, "Messages to sockets dropped: the queue was full");
METRIC(pushed, COUNTER, "dure_alarms_pushed_total", NULL, "Alarms sent to sockets by addAlarm");
METRIC(refused, COUNTER, "dure_socket_refusals_total", "code", "Sockets that were not let in");

static void
probe(void *arg)
{
	const struct door *d = arg;
	struct socketio_stats now;

	if (d->sio == NULL)
		return;
	now = socketio_stats(d->sio);
	metric_set(&sockets, NULL, (int64_t)now.sockets);
	metric_set(&sessions, NULL, (int64_t)now.sessions);
	metric_set_total(&cut, NULL, (int64_t)now.cut_slow);
	metric_set_total(&dropped, NULL, (int64_t)now.dropped);
}

void
count_open(struct door *d)
{
	metric_probe(probe, d);
}

void
count_pushed(int64_t n)
{
	metric_add(&pushed, NULL, n);
}

void
count_refused(const char *why)
{
	metric_add(&refused, why, 1);
}
