/* Events by NATS JetStream: file storage, acknowledged by the server when told; a durable push consumer that acknowledges
 * behind its commit, up to the last of a batch (AckAll). where: the server's address. */
#include <nats/nats.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/kit/kit.h"

enum { AHEAD = 4096, PATIENCE_MS = 1000 };

static natsConnection *connection;
static jsCtx          *js;
static struct writer  *writer;

static void
sure(natsStatus s, const char *what)
{
	if (s != NATS_OK)
		kit_die(what, natsStatus_GetText(s));
}

static void
open_all(const char *where, const char *database_url)
{
	const char *subjects[] = { "order.placed" };
	jsStreamConfig stream;
	jsOptions options;

	(void)jsOptions_Init(&options);
	options.PublishAsync.MaxPending = AHEAD;
	sure(natsConnection_ConnectTo(&connection, where), "connect");
	sure(natsConnection_JetStream(&js, connection, &options), "jetstream");
	(void)js_DeleteStream(js, "orders", NULL, NULL);
	(void)jsStreamConfig_Init(&stream);
	stream.Name = "orders";
	stream.Subjects = subjects;
	stream.SubjectsLen = 1;
	stream.Storage = js_FileStorage;
	sure(js_AddStream(NULL, js, &stream, NULL, NULL), "stream");
	writer = writer_open(database_url);
}

/* What is there now, at most a batch; waits for the first. */
static size_t
take(natsSubscription *sub, natsMsg *batch[EVENT_BATCH])
{
	size_t n = 0;

	while (n < EVENT_BATCH && natsSubscription_NextMsg(&batch[n], sub, n == 0 ? PATIENCE_MS : 0) == NATS_OK)
		n++;
	return n;
}

static void *
hear(void *arg)
{
	natsSubscription *sub = arg;
	natsMsg *batch[EVENT_BATCH];
	struct event_row rows[EVENT_BATCH];

	for (;;) {
		size_t n = take(sub, batch);
		for (size_t i = 0; i < n; i++)
			event_read(natsMsg_GetData(batch[i]), (size_t)natsMsg_GetDataLength(batch[i]), &rows[i]);
		if (n == 0)
			continue;
		writer_write(writer, rows, n, rows[n - 1].order_no);
		sure(natsMsg_Ack(batch[n - 1], NULL), "ack");
		for (size_t i = 0; i < n; i++)
			natsMsg_Destroy(batch[i]);
	}
	return NULL;
}

static void
listen_now(void)
{
	natsSubscription *sub;
	jsSubOptions options;
	pthread_t thread;

	(void)jsSubOptions_Init(&options);
	options.ManualAck = true;
	options.Config.Durable = "bench";
	options.Config.AckPolicy = js_AckAll;
	options.Config.MaxAckPending = AHEAD;
	sure(js_SubscribeSync(&sub, js, "order.placed", NULL, &options, NULL), "subscribe");
	if (pthread_create(&thread, NULL, hear, sub) != 0)
		kit_die("thread", "none");
}

static void
tell(size_t first, size_t n)
{
	char payload[EVENT_BYTES];

	for (size_t i = first; i < first + n; i++) {
		int len = (int)event_payload(i, payload);
		if (n == 1)
			sure(js_Publish(NULL, js, "order.placed", payload, len, NULL, NULL), "publish");
		else
			sure(js_PublishAsync(js, "order.placed", payload, len, NULL), "publish");
	}
	if (n > 1)
		sure(js_PublishAsyncComplete(js, NULL), "acknowledged");
}

int
main(int argc, char **argv)
{
	return event_main(argc, argv, &(struct event_side){ .open = open_all, .listen = listen_now, .tell = tell });
}
