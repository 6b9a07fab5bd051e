/* The receiver: an HTTP server of the room http, with one answer for all. */
#include "tests/integration/notification/webhook/receiver.h"
#include <pthread.h>
#include "common/core/app.h"
#include "common/core/text.h"
#include "common/http/http.h"

static struct {
	struct http_server *server;
	struct arena       *mem;
	struct app          app;
	pthread_mutex_t     lock;         /* guards all below */
	int                 status;
	const char         *head;
	struct received     got[2048];
	int                 n;
} receiver = { .lock = PTHREAD_MUTEX_INITIALIZER, .status = 204, .head = "" };

static const char *
header(struct req *rq, const char *name)
{
	struct text value = http_request_header(rq, name);

	return kit_print("%.*s", TEXT_ARG(value));
}

static void
take(struct req *rq, const struct http_request *in, struct http_reply *out)
{
	struct received r = { .id = header(rq, "webhook-id"), .timestamp = header(rq, "webhook-timestamp"),
		.signature = header(rq, "webhook-signature"), .body = kit_print("%.*s", TEXT_ARG(in->body)) };

	(void)pthread_mutex_lock(&receiver.lock);
	kit_sure(receiver.n < (int)COUNT_OF(receiver.got));
	receiver.got[receiver.n++] = r;
	*out = (struct http_reply){ .status = receiver.status, .head = text_of(receiver.head), .body = TEXT("") };
	(void)pthread_mutex_unlock(&receiver.lock);
}

const char *
receiver_open(void)
{
	struct req rq;
	const struct err *e;

	receiver.mem = arena_open(1 << 20);
	receiver.app.service = "receiver";
	req_begin(&rq, NULL, receiver.mem, TEXT("receiver"), 10000);
	e = http_server_open(&rq, &receiver.server, &(struct http_server_config){ .listen = "127.0.0.1:0", .threads = 16,
		.request_timeout_ms = 5000, .body_max_bytes = 1 << 20, .take = take, .app = &receiver.app });
	if (e != NULL)
		kit_fail("%s: %s", e->slug, e->detail);
	return kit_print("http://127.0.0.1:%d/hook", http_server_port(receiver.server));
}

void
receiver_close(void)
{
	http_server_close(&receiver.server, 0);
	arena_close(&receiver.mem);
}

void
receiver_answers(int status, const char *head)
{
	(void)pthread_mutex_lock(&receiver.lock);
	receiver.status = status;
	receiver.head = head;
	(void)pthread_mutex_unlock(&receiver.lock);
}

int
receiver_count(void)
{
	int n;

	(void)pthread_mutex_lock(&receiver.lock);
	n = receiver.n;
	(void)pthread_mutex_unlock(&receiver.lock);
	return n;
}

struct received
receiver_got(int n)
{
	kit_sure(n < receiver_count());
	return receiver.got[n];
}
