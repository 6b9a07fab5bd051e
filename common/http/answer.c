/* What a step says about its answer beside the out struct, and the reply made of it. */
#include <string.h>
#include <strings.h>

#include "common/core/text.h"
#include "common/http/door.h"
#include "common/json/json.h"

/* Header lines of one answer, and the longest JSON answer: lists are paged, so it is far beyond any page. */
enum { HEAD_MAX_BYTES = 16384, BODY_MAX_BYTES = 8388608 };

void
http_answer_reset(struct req *rq)
{
	struct http_answer *a = rq->answer;

	a->head = buf_in(rq->mem, HEAD_MAX_BYTES);
	a->body = a->etag = (struct text){ NULL, 0 };
	a->content_type = NULL;
	a->status = 0;
	a->has_cache_control = a->replayed = false;
	a->idem.stored = false;
}

void
http_status(struct req *rq, int status)
{
	rq->answer->status = status;
}

/* A value may come from outside (a file name): line breaks in it become blanks. */
static void
put_value(struct buf *head, struct text value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];
		buf_byte(head, c < ' ' || c == 127 ? ' ' : c);
	}
}

void
http_header(struct req *rq, const char *name, struct text value)
{
	struct http_answer *a = rq->answer;

	a->has_cache_control = a->has_cache_control || strcasecmp(name, "Cache-Control") == 0;
	buf_printf(&a->head, "%s: ", name);
	put_value(&a->head, value);
	buf_str(&a->head, "\r\n");
}

void
http_body(struct req *rq, const char *content_type, struct text body)
{
	rq->answer->content_type = content_type;
	rq->answer->body = body;
}

static bool
not_modified(const struct http_answer *a)
{
	size_t n;
	bool reads = a->in->known_method && a->in->method == HTTP_GET;

	return reads && a->etag.len > 0 && http_etag_listed(http_header_of(a->in, "If-None-Match", &n), a->etag);
}

const struct err *
http_answer_finish(struct req *rq, const void *out)
{
	struct http_answer *a = rq->answer;

	if (a->status == 0)
		a->status = not_modified(a) ? 304 : a->route->ok_status;
	if (a->status == 304 || a->status == 204) {
		a->content_type = NULL;
		a->body = (struct text){ NULL, 0 };
	} else if (a->content_type == NULL && a->route->out != NULL) {
		struct buf body = buf_in(rq->mem, BODY_MAX_BYTES);
		json_write(&body, a->route->out, out);
		if (body.overflow)
			return FAIL(rq, INTERNAL, "http.answer_too_large", "the answer is over %d bytes", BODY_MAX_BYTES);
		http_body(rq, "application/json", buf_as_text(&body));
	}
	if (a->content_type != NULL)
		http_header(rq, "Content-Type", text_of(a->content_type));
	if (!a->has_cache_control)
		http_header(rq, "Cache-Control", TEXT("no-store"));
	return a->head.overflow ? FAIL(rq, INTERNAL, "http.head_too_large", "the answer's headers are too long") : NULL;
}

void
http_reply_answer(struct req *rq, struct http_reply *out)
{
	struct http_answer *a = rq->answer;
	struct buf head = buf_in(rq->mem, 2 * HEAD_MAX_BYTES);

	buf_text(&head, buf_as_text(&a->head));
	if (a->replayed)
		buf_str(&head, "Idempotent-Replayed: true\r\n");
	http_common_head(&head, rq);
	out->status = a->status;
	out->head = buf_as_text(&head);
	out->body = a->body;
}
