/* Percent-decoding and query strings. */
#include <string.h>

#include "common/core/text.h"
#include "common/http/router.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes the escape at t.at[i]; −1: not two hex digits. */
static int
escape(struct text t, size_t i)
{
	if (t.len - i < 3)
		return -1;
	int high = hex_digit(t.at[i + 1]), low = hex_digit(t.at[i + 2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool
percent_decode(struct arena *mem, struct text t, bool plus_is_space, struct text *out)
{
	char *to = arena_zero(mem, t.len + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < t.len; i++) {
		int c = (unsigned char)t.at[i];
		if (c == '%') {
			c = escape(t, i);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		if (c <= 0)
			return false;
		to[n++] = (char)c;
	}
	*out = (struct text){ to, n };
	return true;
}

static bool
already(const struct query_pair *pairs, size_t n, struct text name)
{
	for (size_t i = 0; i < n; i++)
		if (text_eq(pairs[i].name, name))
			return true;
	return false;
}

static bool
pair_read(struct arena *mem, struct text value, struct query_pair *out)
{
	struct text name = text_cut(&value, '=');

	return percent_decode(mem, name, true, &out->name) && percent_decode(mem, value, true, &out->value) &&
	    text_is_utf8(out->name) && text_is_utf8(out->value);
}

bool
query_parse(struct arena *mem, struct text query, struct query_pair *pairs, size_t *n)
{
	*n = 0;
	while (query.len > 0) {
		struct query_pair pair;
		struct text piece = text_cut(&query, '&');

		if (piece.len == 0)
			continue;
		if (*n == ROUTER_MAX_QUERY || !pair_read(mem, piece, &pair) || already(pairs, *n, pair.name))
			return false;
		pairs[(*n)++] = pair;
	}
	return true;
}
