/* Reads one HTTP/1.1 answer of a service: its status line, its header lines, a body of a told length. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include "common/core/text.h"
#include "services/gateway/upstream/upstream.h"

/* Headers of our services are small, and most answers are whole in the first piece; a body is at most what they take in,
 * and a page of a list. */
enum { FIRST_BYTES = 4096, HEAD_BYTES = 32768, BODY_BYTES = 16 * 1024 * 1024 };

struct reading { struct req *rq; int fd; char *at; size_t len, cap; bool ended; };

/* At least one more byte; what stops it is the enum. */
static enum upstream_read
more(struct reading *r)
{
	for (;;) {
		ssize_t n = recv(r->fd, r->at + r->len, r->cap - r->len, upstream_recv_flags(r->rq));

		if (n > 0) {
			r->len += (size_t)n;
			return READ_WHOLE;
		}
		if (n == 0) {
			r->ended = true;
			return r->len == 0 ? READ_NOTHING : READ_BROKEN;
		}
		if (errno == EAGAIN && !upstream_wait(r->rq, r->fd, POLLIN))
			return READ_LATE;
		if (errno != EAGAIN && errno != EINTR)
			return r->len == 0 ? READ_NOTHING : READ_BROKEN;
	}
}

static void
grow(struct reading *r)
{
	char *at = arena_zero(r->rq->mem, 2 * r->cap, 1);

	memcpy(at, r->at, r->len);
	r->at = at;
	r->cap *= 2;
}

static enum upstream_read
read_head(struct reading *r, size_t *head_len)
{
	for (;;) {
		const char *end = r->len >= 4 ? memmem(r->at, r->len, "\r\n\r\n", 4) : NULL;
		enum upstream_read got;

		if (end != NULL) {
			*head_len = (size_t)(end - r->at) + 4;
			return READ_WHOLE;
		}
		if (r->len == HEAD_BYTES)
			return READ_BROKEN;
		if (r->len == r->cap)
			grow(r);
		if ((got = more(r)) != READ_WHOLE)
			return got;
	}
}

static bool
read_status(struct text *lines, int *status)
{
	struct text line = text_cut(lines, '\n');
	int64_t n;

	if (!text_starts(line, TEXT("HTTP/1.1 ")) || line.len < 12 ||
	    !text_to_i64((struct text){ line.at + 9, 3 }, &n) || n < 100 || n > 599)
		return false;
	*status = (int)n;
	return true;
}

/* The length of the body and whether the connection stays. A body without a length, or with two of them, is not ours
 * to read. */
static bool
read_framing(struct text lines, int status, int64_t *length, bool *reusable)
{
	bool bodiless = status == 204 || status == 304;
	int lengths = 0;

	*length = 0;
	*reusable = true;
	while (lines.len > 0) {
		struct text line = text_trim(text_cut(&lines, '\n')), value = line;
		struct text name = text_cut(&value, ':');

		if (text_eq_nocase(name, TEXT("Content-Length"))) {
			lengths++;
			if (!text_to_i64(text_trim(value), length) || *length < 0 || *length > BODY_BYTES)
				return false;
		}
		if (text_eq_nocase(name, TEXT("Transfer-Encoding")))
			return false;
		if (text_eq_nocase(name, TEXT("Connection")) && text_eq_nocase(text_trim(value), TEXT("close")))
			*reusable = false;
	}
	if (bodiless)
		*length = 0;      /* what it may say is the length of what it has left out */
	return bodiless ? lengths <= 1 : lengths == 1;
}

static enum upstream_read
read_body(struct reading *r, size_t head_len, size_t body_len, struct upstream_answer *out)
{
	size_t here = r->len - head_len;
	bool whole = here == body_len;
	char *body = whole ? r->at + head_len : arena_zero(r->rq->mem, body_len + 1, 1);
	struct reading rest = { r->rq, r->fd, body, here, body_len, false };

	if (here > body_len)
		return READ_BROKEN;
	if (!whole)
		memcpy(body, r->at + head_len, here);
	while (rest.len < body_len) {
		enum upstream_read got = more(&rest);

		if (got != READ_WHOLE)
			return got == READ_NOTHING ? READ_BROKEN : got;
	}
	out->body = (struct text){ body, body_len };
	return READ_WHOLE;
}

enum upstream_read
upstream_read_answer(struct req *rq, int fd, struct upstream_answer *out, bool *reusable)
{
	struct reading r = { rq, fd, arena_zero(rq->mem, FIRST_BYTES, 1), 0, FIRST_BYTES, false };
	enum upstream_read got;
	struct text lines;
	int64_t length;
	size_t head_len;
	bool stays;

	*reusable = false;
	if ((got = read_head(&r, &head_len)) != READ_WHOLE)
		return got;
	lines = (struct text){ r.at, head_len - 2 };       /* without the empty line */
	if (!read_status(&lines, &out->status) || !read_framing(lines, out->status, &length, &stays))
		return READ_BROKEN;
	out->head = lines;
	got = read_body(&r, head_len, (size_t)length, out);
	*reusable = stays && got == READ_WHOLE;
	return got;
}
