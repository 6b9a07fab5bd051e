/* One error value for everything; NULL means it went well. */
#ifndef CORE_ERR_H
#define CORE_ERR_H
#include "common/core/base.h"
struct req;

enum err_code {
#define ERR_CODE(code, status, again, title) E_##code,
#include "common/core/err.def"
#undef ERR_CODE
	E__COUNT
};

/* One wrong field of a request: where (RFC 6901 pointer), a stable word, a sentence. */
struct err_field {
	const struct err_field *next;
	const char *pointer, *code, *detail;
};

/* Lives in the request's arena; never freed, never changed once returned. */
struct err {
	enum err_code           code;
	const char             *slug;      /* stable, for machines: "order.out_of_stock" */
	const char             *detail;    /* for people; must hold no secret */
	const struct err       *cause;     /* for the log only, never sent out */
	const struct err_field *fields;    /* every wrong field at once; NULL for most */
	int                     retry_after_s;     /* 0: the default of the code */
	const char             *file;
	int                     line;
};

struct err *err_at(struct req *rq, const char *file, int line,
    enum err_code code, const char *slug, const char *fmt, ...) PRINTF_LIKE(6, 7);
const struct err *err_because_at(struct req *rq, const char *file, int line,
    const struct err *cause, const char *fmt, ...) PRINTF_LIKE(5, 6);
int         err_status(const struct err *e);
bool        err_again(const struct err *e);        /* the same call may succeed later */
const char *err_title(const struct err *e);
const char *err_word(enum err_code code);          /* "INVALID" */

/* FAIL is "return FAIL(rq, RULE, "order.out_of_stock", "only %d left", n);". BECAUSE wraps an error
 * with a sentence for the log and keeps its code and slug. TRY returns an error to the caller. */
#define FAIL(rq, code, slug, ...)   err_at((rq), __FILE__, __LINE__, E_##code, (slug), __VA_ARGS__)
#define BECAUSE(rq, cause, ...)     err_because_at((rq), __FILE__, __LINE__, (cause), __VA_ARGS__)
#define TRY(step)   do { const struct err *e_ = (step); if (e_ != NULL) return e_; } while (0)

/* Collects wrong fields while a request is read; err_fields_done() is NULL when there were none,
 * else INVALID "request.invalid" with all of them. Of those beyond ERR_FIELDS_KEPT only the number is
 * kept; who makes pointers may ask .n first and save the work. */
enum { ERR_FIELDS_KEPT = 50 };
struct err_fields { struct req *rq; struct err_field *first, *last; int n; };
void err_field_add(struct err_fields *fs, const char *pointer, const char *code,
    const char *fmt, ...) PRINTF_LIKE(4, 5);
const struct err *err_fields_done(struct err_fields *fs) MUST_USE;
#endif
