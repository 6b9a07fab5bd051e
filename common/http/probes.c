/* /livez, /readyz and /metrics: asked by orchestrators and Prometheus, so without identity and log line. */
#include "common/core/app.h"
#include "common/core/text.h"
#include "common/http/door.h"
#include "common/metrics/metrics.h"

/* Not 2,000 lines. */
enum { METRICS_MAX_BYTES = 1048576 };

static void
reply(struct req *rq, struct http_reply *out, const char *content_type, struct text body)
{
	struct buf head = buf_in(rq->mem, 1024);

	buf_printf(&head, "Content-Type: %s\r\nCache-Control: no-store\r\n", content_type);
	http_common_head(&head, rq);
	out->status = 200;
	out->head = buf_as_text(&head);
	out->body = body;
}

static void
ready(struct http_server *s, struct req *rq, struct http_reply *out)
{
	const struct err *e = NULL;

	if (s->config.app != NULL && __atomic_load_n(&s->config.app->draining, __ATOMIC_ACQUIRE))
		e = FAIL(rq, BUSY, "http.draining", "This process is about to stop");
	else if (s->config.ready != NULL)
		e = s->config.ready(rq);
	if (e != NULL)
		http_reply_problem(rq, e, out);
	else
		reply(rq, out, "application/json", TEXT("{\"status\":\"ready\"}"));
}

static void
metrics(struct req *rq, struct http_reply *out)
{
	struct buf text = buf_in(rq->mem, METRICS_MAX_BYTES);

	metrics_write(&text);
	reply(rq, out, "text/plain; version=0.0.4; charset=utf-8", buf_as_text(&text));
}

bool
http_probe_take(struct http_server *s, struct req *rq, const struct http_request *in, struct http_reply *out)
{
	bool reads = in->known_method && in->method == HTTP_GET;

	if (reads && text_is(in->path, "/livez"))
		reply(rq, out, "application/json", TEXT("{\"status\":\"live\"}"));
	else if (reads && text_is(in->path, "/readyz"))
		ready(s, rq, out);
	else if (reads && in->manage && text_is(in->path, "/metrics"))
		metrics(rq, out);
	else if (in->manage)
		http_reply_problem(rq, FAIL(rq, NOT_FOUND, "http.no_such_path", "There is nothing at this path"), out);
	else
		return false;
	return true;
}
