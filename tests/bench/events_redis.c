/* Events by Redis Streams: XADD, a consumer group, XACK behind the commit, sent along with the next XREADGROUP.
 * where: the server's unix socket. */
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/kit/kit.h"

enum { AHEAD = 256, ID_CHARS = 40, READ_WORDS = 11, ACK_WORDS = 3 };

static redisContext  *teller, *hearer;
static struct writer *writer;

/* The next answer, which must be no error. */
static redisReply *
answer(redisContext *c)
{
	void *reply = NULL;

	if (redisGetReply(c, &reply) != REDIS_OK)
		kit_die("redis", c->errstr);
	redisReply *r = reply;
	if (r->type == REDIS_REPLY_ERROR)
		kit_die("redis", r->str);
	return r;
}

static void
open_all(const char *where, const char *database_url)
{
	teller = redisConnectUnix(where);
	hearer = redisConnectUnix(where);
	if (teller == NULL || hearer == NULL || teller->err != 0 || hearer->err != 0)
		kit_die("redis", "cannot be reached");
	(void)redisAppendCommand(teller, "DEL orders");
	(void)redisAppendCommand(teller, "XGROUP CREATE orders bench 0 MKSTREAM");
	freeReplyObject(answer(teller));
	freeReplyObject(answer(teller));
	writer = writer_open(database_url);
}

/* Acknowledges what was written and asks for more: one write, one wait. */
static redisReply *
next(const char ids[EVENT_BATCH][ID_CHARS], size_t n)
{
	const char *ack[ACK_WORDS + EVENT_BATCH] = { "XACK", "orders", "bench" };

	for (size_t i = 0; i < n; i++)
		ack[ACK_WORDS + i] = ids[i];
	if (n > 0)
		(void)redisAppendCommandArgv(hearer, (int)(ACK_WORDS + n), ack, NULL);
	(void)redisAppendCommand(hearer, "XREADGROUP GROUP bench one COUNT %d BLOCK 1000 STREAMS orders >", EVENT_BATCH);
	if (n > 0)
		freeReplyObject(answer(hearer));
	return answer(hearer);
}

static void *
hear(void *arg)
{
	struct event_row rows[EVENT_BATCH];
	char ids[EVENT_BATCH][ID_CHARS];
	size_t n = 0;

	for (;;) {
		redisReply *r = next((const char(*)[ID_CHARS])ids, n);
		const redisReply *entries = r->type == REDIS_REPLY_ARRAY ? r->element[0]->element[1] : NULL;

		n = entries != NULL ? entries->elements : 0;
		for (size_t i = 0; i < n; i++) {
			const redisReply *entry = entries->element[i], *payload = entry->element[1]->element[1];
			(void)snprintf(ids[i], ID_CHARS, "%s", entry->element[0]->str);
			event_read(payload->str, payload->len, &rows[i]);
		}
		if (n > 0)
			writer_write(writer, rows, n, ids[n - 1]);
		freeReplyObject(r);
	}
	return arg;
}

static void
listen_now(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, hear, NULL) != 0)
		kit_die("thread", "none");
}

static void
tell(size_t first, size_t n)
{
	char payload[EVENT_BYTES];
	size_t answered = 0;

	for (size_t i = 0; i < n; i++) {
		size_t len = event_payload(first + i, payload);
		(void)redisAppendCommand(teller, "XADD orders * e %b", payload, len);
		for (; i - answered >= AHEAD; answered++)
			freeReplyObject(answer(teller));
	}
	for (; answered < n; answered++)
		freeReplyObject(answer(teller));
}

int
main(int argc, char **argv)
{
	return event_main(argc, argv, &(struct event_side){ .open = open_all, .listen = listen_now, .tell = tell });
}
