/* A strict JSON checker and the few cuts that Socket.IO packets need. */
#include "common/socketio/sio_json.h"
#include "common/core/text.h"

#include <string.h>

struct cursor {
	const char *at, *end;
	int         depth;
	size_t      n_binary;       /* SIZE_MAX: placeholders are ordinary objects */
};

static bool json_value(struct cursor *c);

static bool
is_space(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static void
skip_space(struct cursor *c)
{
	while (c->at < c->end && is_space(*c->at))
		c->at++;
}

static bool
take(struct cursor *c, char ch)
{
	if (c->at == c->end || *c->at != ch)
		return false;
	c->at++;
	return true;
}

static bool
json_word(struct cursor *c, struct text word)
{
	if ((size_t)(c->end - c->at) < word.len || memcmp(c->at, word.at, word.len) != 0)
		return false;
	c->at += word.len;
	return true;
}

static bool
is_hex(char ch)
{
	return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f') || (ch >= 'A' && ch <= 'F');
}

static bool
json_escape(struct cursor *c)
{
	if (c->at == c->end)
		return false;
	if (*c->at != 'u')
		return *c->at != '\0' && strchr("\"\\/bfnrt", *c->at++) != NULL;
	if (c->end - c->at < 5)
		return false;
	for (int i = 1; i <= 4; i++)
		if (!is_hex(c->at[i]))
			return false;
	c->at += 5;
	return true;
}

static bool
json_string(struct cursor *c)
{
	if (!take(c, '"'))
		return false;
	while (c->at < c->end) {
		unsigned char ch = (unsigned char)*c->at++;

		if (ch == '"')
			return true;
		if (ch < 0x20 || (ch == '\\' && !json_escape(c)))
			return false;
	}
	return false;
}

static bool
json_digits(struct cursor *c)
{
	const char *from = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return c->at > from;
}

static bool
json_number(struct cursor *c)
{
	(void)take(c, '-');
	if (!take(c, '0') && !json_digits(c))
		return false;
	if (take(c, '.') && !json_digits(c))
		return false;
	if (take(c, 'e') || take(c, 'E')) {
		if (!take(c, '+'))
			(void)take(c, '-');
		return json_digits(c);
	}
	return true;
}

static bool
json_array(struct cursor *c)
{
	skip_space(c);
	if (take(c, ']'))
		return true;
	do {
		if (!json_value(c))
			return false;
	} while (take(c, ','));
	return take(c, ']');
}

/* What an object said of being a placeholder for a binary part. */
struct holder { bool yes; struct text num; };

static bool
json_member(struct cursor *c, struct holder *h)
{
	struct text key, value;

	skip_space(c);
	key.at = c->at;
	if (!json_string(c))
		return false;
	key.len = (size_t)(c->at - key.at);
	skip_space(c);
	if (!take(c, ':'))
		return false;
	skip_space(c);
	value.at = c->at;
	if (!json_value(c))
		return false;
	value.len = (size_t)(c->at - value.at);
	if (text_is(key, "\"_placeholder\""))
		h->yes = text_is(text_trim(value), "true");
	else if (text_is(key, "\"num\""))
		h->num = text_trim(value);
	return true;
}

static bool
holder_ok(const struct cursor *c, const struct holder *h)
{
	int64_t num;

	if (c->n_binary == SIZE_MAX || !h->yes)
		return true;
	return text_to_i64(h->num, &num) && num >= 0 && (size_t)num < c->n_binary;
}

static bool
json_object(struct cursor *c)
{
	struct holder h = { 0 };

	skip_space(c);
	if (take(c, '}'))
		return true;
	do {
		if (!json_member(c, &h))
			return false;
	} while (take(c, ','));
	return take(c, '}') && holder_ok(c, &h);
}

static bool
json_nested(struct cursor *c, bool (*inside)(struct cursor *c))
{
	bool ok;

	if (++c->depth > SIO_JSON_DEPTH)
		return false;
	c->at++;
	ok = inside(c);
	c->depth--;
	return ok;
}

static bool
json_bare(struct cursor *c)
{
	if (c->at == c->end)
		return false;
	switch (*c->at) {
	case '{': return json_nested(c, json_object);
	case '[': return json_nested(c, json_array);
	case '"': return json_string(c);
	case 't': return json_word(c, TEXT("true"));
	case 'f': return json_word(c, TEXT("false"));
	case 'n': return json_word(c, TEXT("null"));
	default:  return json_number(c);
	}
}

static bool
json_value(struct cursor *c)
{
	skip_space(c);
	if (!json_bare(c))
		return false;
	skip_space(c);
	return true;
}

bool
sio_json_placeholders_ok(struct text json, size_t n_binary)
{
	struct cursor c = { json.at, json.at + json.len, 0, n_binary };

	return json.len > 0 && json_value(&c) && c.at == c.end;
}

bool
sio_json_ok(struct text json)
{
	return sio_json_placeholders_ok(json, SIZE_MAX);
}

bool
sio_json_item(struct text *rest, struct text *item)
{
	struct cursor c = { rest->at, rest->at + rest->len, 0, SIZE_MAX };

	if (rest->len == 0 || !json_value(&c))
		return false;
	*item = text_trim((struct text){ rest->at, (size_t)(c.at - rest->at) });
	(void)take(&c, ',');
	*rest = (struct text){ c.at, (size_t)(c.end - c.at) };
	return true;
}

void
sio_json_compact(struct buf *to, struct text json)
{
	struct cursor c = { json.at, json.at + json.len, 0, SIZE_MAX };

	while (c.at < c.end) {
		const char *from;

		skip_space(&c);
		from = c.at;
		/* A run without white space goes over in one piece; strings keep theirs. */
		while (c.at < c.end && !is_space(*c.at))
			if (*c.at != '"')
				c.at++;
			else if (!json_string(&c))
				return;
		buf_put(to, from, (size_t)(c.at - from));
	}
}
