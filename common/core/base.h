/* Words every room uses: attributes, assertions, borrowed text, ids. */
#ifndef CORE_BASE_H
#define CORE_BASE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE            __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a)   __attribute__((format(printf, f, a)))
#define NEVER_RETURNS       _Noreturn
#define COUNT_OF(a)         (sizeof(a) / sizeof((a)[0]))

/* Bugs, never input. Both stay on in release builds, print the unit of work in hand and abort. */
#define SURE(x)             ((x) ? (void)0 : panic_at(__FILE__, __LINE__, __func__, #x))
#define UNREACHED(why)      panic_at(__FILE__, __LINE__, __func__, why)
NEVER_RETURNS void panic_at(const char *file, int line, const char *func, const char *what);

/* What panic_at() prints beside the failed condition: the door and trace of the unit of work that
 * this thread has in hand. Set by req_begin(), cleared by req_end(). Borrowed, may be NULL. */
struct req;
void panic_holds(const struct req *rq);

struct text { const char *at; size_t len; };          /* borrowed bytes, never owned, may hold NUL */
struct uuid { uint8_t b[16]; };

#define TEXT(literal)       ((struct text){ (literal), sizeof(literal) - 1 })
#define TEXT_ARG(t)         (int)(t).len, (t).at      /* for "%.*s" */
#endif
