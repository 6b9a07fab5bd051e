/* UTF-8 text by characters. */
#ifndef SANDBOX_TEXT_H
#define SANDBOX_TEXT_H

#include <stddef.h>

/* Characters, not bytes. */
size_t text_chars(const char *text);

/* The most bytes, up to max, that do not cut a character in two. */
size_t text_fit(const char *text, size_t max);

#endif
