/* RFC 6901 pointers. */
#include "common/core/pointer.h"

#include <string.h>

#include "common/core/buf.h"

enum { NAME_MAX_BYTES = 64, POINTER_MAX_BYTES = 4096 };

/* A name from outside may be long: cut before the character that does not fit. */
static size_t
cut_length(const char *name)
{
	size_t n = strnlen(name, NAME_MAX_BYTES + 1);

	if (n <= NAME_MAX_BYTES)
		return n;
	n = NAME_MAX_BYTES;
	while (n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void
put_name(struct buf *to, const char *name)
{
	size_t n = cut_length(name);

	for (size_t i = 0; i < n; i++) {
		if (name[i] == '~')
			buf_str(to, "~0");
		else if (name[i] == '/')
			buf_str(to, "~1");
		else
			buf_put(to, name + i, 1);
	}
}

static void
put(struct buf *to, const struct pointer *at)
{
	if (at == NULL)
		return;
	put(to, at->up);
	buf_byte(to, '/');
	if (at->name != NULL)
		put_name(to, at->name);
	else
		buf_i64(to, (int64_t)at->index);
}

const char *
pointer_text(struct arena *mem, const struct pointer *at)
{
	struct buf to = buf_in(mem, POINTER_MAX_BYTES);

	put(&to, at);
	buf_byte(&to, '\0');
	return to.at;
}
