/* Errors become bytes: RFC 9457 problem details. */
#include <string.h>

#include "common/core/text.h"
#include "common/http/door.h"
#include "common/json/json.h"

/* 429 without a hint: windows are seconds long. 503: a pool, a breaker or Redis comes back as fast. 409 of a
 * running key: the request in hand is done within its own deadline, mostly at once. */
enum { AGAIN_TOO_MANY_S = 1, AGAIN_BUSY_S = 2, AGAIN_RUNNING_S = 1 };

int
http_retry_after(const struct err *e)
{
	if (e->retry_after_s > 0)
		return e->retry_after_s;
	if (err_status(e) == 429)
		return AGAIN_TOO_MANY_S;
	if (err_status(e) == 503)
		return AGAIN_BUSY_S;
	return strcmp(e->slug, "idempotency.running") == 0 ? AGAIN_RUNNING_S : 0;
}

static void
put_member(struct buf *to, const char *name, struct text value)
{
	buf_printf(to, ",\"%s\":", name);
	json_write_text(to, value);
}

static void
put_fields(struct buf *to, const struct err_field *f)
{
	const char *between = "";

	buf_str(to, ",\"errors\":[");
	for (; f != NULL; f = f->next) {
		buf_str(to, between);
		buf_str(to, "{\"pointer\":");
		json_write_text(to, text_of(f->pointer));
		put_member(to, "code", text_of(f->code));
		put_member(to, "detail", text_of(f->detail));
		buf_byte(to, '}');
		between = ",";
	}
	buf_byte(to, ']');
}

/* A fault of ours says nothing about itself: its words stand in the log under the request id. */
static bool
is_ours(const struct err *e)
{
	return e->code == E_INTERNAL;
}

int
http_problem_write(struct buf *to, const struct req *rq, const struct err *e)
{
	const char *slug = is_ours(e) ? "internal" : e->slug;
	const char *detail = is_ours(e) ? "Something failed on our side; tell us the requestId" : e->detail;

	buf_printf(to, "{\"type\":\"urn:dure:problem:%s\",\"title\":", slug);
	json_write_text(to, text_of(err_title(e)));
	buf_printf(to, ",\"status\":%d", err_status(e));
	if (detail != NULL && detail[0] != '\0')
		put_member(to, "detail", text_of(detail));
	if (rq != NULL && rq->answer != NULL && rq->answer->in != NULL)
		put_member(to, "instance", rq->answer->in->path);
	put_member(to, "code", text_of(slug));
	if (rq != NULL)
		put_member(to, "requestId", rq->request_id);
	if (e->fields != NULL)
		put_fields(to, e->fields);
	buf_byte(to, '}');
	return err_status(e);
}

void
http_common_head(struct buf *head, const struct req *rq)
{
	buf_str(head, "X-Request-Id: ");
	buf_text(head, rq->request_id);
	buf_str(head, "\r\ntraceparent: ");
	buf_text(head, rq->trace);
	buf_str(head, "\r\nX-Content-Type-Options: nosniff\r\n");
}

int
http_problem_bytes(struct req *rq, const struct err *e, struct buf *head, struct buf *body)
{
	int again = http_retry_after(e);

	buf_str(head, "Content-Type: application/problem+json\r\nCache-Control: no-store\r\n");
	if (again > 0)
		buf_printf(head, "Retry-After: %d\r\n", again);
	return http_problem_write(body, rq, e);
}

void
http_reply_problem(struct req *rq, const struct err *e, struct http_reply *out)
{
	struct buf head = buf_in(rq->mem, PROBLEM_MAX_BYTES), body = buf_in(rq->mem, PROBLEM_MAX_BYTES);

	out->status = http_problem_bytes(rq, e, &head, &body);
	if (rq->answer != NULL && rq->answer->allow.len > 0)
		buf_printf(&head, "Allow: %.*s\r\n", TEXT_ARG(rq->answer->allow));
	http_common_head(&head, rq);
	out->head = buf_as_text(&head);
	out->body = body.overflow ? TEXT("{}") : buf_as_text(&body);
}
