/* What a text must look like beyond its length: the formats of msg.h. */
#ifndef CORE_FORMAT_H
#define CORE_FORMAT_H
#include "common/core/arena.h"
#include "common/core/msg.h"

/* True when the text (UTF-8 without NUL) has the format. *out is the form to store: t itself, or,
 * of a phone the digits and of a mail address the lower-case letters, both new in mem. */
bool        format_take(struct arena *mem, enum msg_format format, struct text t,
    struct text *out) MUST_USE;
/* The rule as a sentence: "must be …". */
const char *format_said(enum msg_format format);
#endif
