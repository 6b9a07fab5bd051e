/* Errors: made once in the arena of the unit of work, wrapped, never changed. */
#include "common/core/err.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/core/req.h"

enum { DETAIL_BYTES = 512, SCRAP_BYTES = 16384 };

static const struct { const char *word; int status; bool again; const char *title; } codes[] = {
#define ERR_CODE(code, status, again, title) { #code, status, again, title },
#include "common/core/err.def"
#undef ERR_CODE
};
_Static_assert(COUNT_OF(codes) == E__COUNT, "a row per code");

/* At start-up there is no unit of work yet. Errors of that time live in a ring of this thread,
 * which holds at least the last SCRAP_BYTES / (DETAIL_BYTES + sizeof(struct err)) of them: 27. */
static void *
scrap(size_t size)
{
	static _Thread_local _Alignas(16) char ring[SCRAP_BYTES];
	static _Thread_local size_t next;
	void *at;

	size = (size + 15) & ~(size_t)15;
	SURE(size <= sizeof(ring));
	if (size > sizeof(ring) - next)
		next = 0;
	at = ring + next;
	next += size;
	return at;
}

static void *
take(struct req *rq, size_t size)
{
	if (rq == NULL || rq->mem == NULL)
		return scrap(size);
	return arena_zero(rq->mem, size, _Alignof(max_align_t));
}

static const char *sentence(struct req *rq, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

/* What was cut is cut between characters: the last one, whole or not, goes. */
static size_t
without_last_character(const char *said, size_t len)
{
	while (len > 0 && ((unsigned char)said[len - 1] & 0xc0) == 0x80)
		len--;
	return len > 0 && (unsigned char)said[len - 1] >= 0xc0 ? len - 1 : len;
}

static const char *
sentence(struct req *rq, const char *fmt, va_list ap)
{
	char said[DETAIL_BYTES], *copy;
	int n = vsnprintf(said, sizeof(said), fmt, ap);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len >= sizeof(said))
		len = without_last_character(said, sizeof(said) - 1);
	copy = take(rq, len + 1);
	for (size_t i = 0; i < len; i++)
		copy[i] = said[i];
	copy[len] = '\0';
	return copy;
}

static struct err *
make(struct req *rq, struct err value)
{
	struct err *e = take(rq, sizeof(*e));

	*e = value;
	return e;
}

struct err *
err_at(struct req *rq, const char *file, int line, enum err_code code, const char *slug,
    const char *fmt, ...)
{
	struct err e = { .code = code, .slug = slug, .file = file, .line = line };
	va_list ap;

	va_start(ap, fmt);
	e.detail = sentence(rq, fmt, ap);
	va_end(ap);
	return make(rq, e);
}

/* What goes out stays as it was; the sentence becomes a link of the chain of causes. */
const struct err *
err_because_at(struct req *rq, const char *file, int line, const struct err *cause,
    const char *fmt, ...)
{
	struct err why = {
		.code = cause->code, .slug = cause->slug, .cause = cause, .file = file, .line = line
	};
	struct err e = *cause;
	va_list ap;

	va_start(ap, fmt);
	why.detail = sentence(rq, fmt, ap);
	va_end(ap);
	e.cause = make(rq, why);
	e.file = file;
	e.line = line;
	return make(rq, e);
}

int
err_status(const struct err *e)
{
	return codes[e->code].status;
}

bool
err_again(const struct err *e)
{
	return codes[e->code].again;
}

const char *
err_title(const struct err *e)
{
	return codes[e->code].title;
}

const char *
err_word(enum err_code code)
{
	SURE((size_t)code < COUNT_OF(codes));
	return codes[code].word;
}

void
err_field_add(struct err_fields *fs, const char *pointer, const char *code, const char *fmt, ...)
{
	struct err_field *f;
	va_list ap;

	fs->n++;
	if (fs->n > ERR_FIELDS_KEPT)
		return;
	f = take(fs->rq, sizeof(*f));
	va_start(ap, fmt);
	*f = (struct err_field){ .code = code, .detail = sentence(fs->rq, fmt, ap) };
	va_end(ap);
	f->pointer = fs->rq == NULL ? pointer : arena_text(fs->rq->mem, pointer).at;
	if (fs->last == NULL)
		fs->first = f;
	else
		fs->last->next = f;
	fs->last = f;
}

const struct err *
err_fields_done(struct err_fields *fs)
{
	struct err *e;

	if (fs->n == 0)
		return NULL;
	e = FAIL(fs->rq, INVALID, "request.invalid", "%d wrong field%s", fs->n,
	    fs->n == 1 ? "" : "s");
	e->fields = fs->first;
	return e;
}
