/* A growing byte buffer, in an arena or on the heap, with a sticky overflow mark. */
#ifndef CORE_BUF_H
#define CORE_BUF_H
#include "common/core/arena.h"

/* Write many, ask once: past max_bytes nothing is written any more and .overflow is set. */
struct buf {
	char         *at;
	size_t        len, cap, max_bytes;
	struct arena *mem;        /* NULL: on the heap, the owner calls buf_free() */
	bool          overflow;
};

struct buf  buf_in(struct arena *mem, size_t max_bytes);
struct buf  buf_heap(size_t max_bytes);
void        buf_free(struct buf *b);                   /* heap buffers only; NULLs .at */
void        buf_reset(struct buf *b);                  /* empty again, keeps the memory */
void        buf_put(struct buf *b, const void *bytes, size_t len);
void        buf_byte(struct buf *b, uint8_t byte);
void        buf_text(struct buf *b, struct text t);
void        buf_str(struct buf *b, const char *c_string);
void        buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void        buf_i64(struct buf *b, int64_t n);         /* decimal digits */
void        buf_base64url(struct buf *b, struct text bytes);   /* without padding */
struct text buf_as_text(const struct buf *b);          /* borrowed until the next write */
#endif
