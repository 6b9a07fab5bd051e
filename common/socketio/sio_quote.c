/* JSON strings to plain text and back. */
#include "common/socketio/sio_json.h"

#include <string.h>

void
sio_json_quote(struct buf *to, struct text plain)
{
	buf_byte(to, '"');
	for (size_t i = 0; i < plain.len; i++) {
		unsigned char ch = (unsigned char)plain.at[i];

		if (ch < 0x20)
			buf_printf(to, "\\u%04x", ch);
		else {
			if (ch == '"' || ch == '\\')
				buf_byte(to, '\\');
			buf_byte(to, ch);
		}
	}
	buf_byte(to, '"');
}

static void
put_utf8(struct buf *to, uint32_t cp)
{
	if (cp < 0x80)
		buf_byte(to, (uint8_t)cp);
	else if (cp < 0x800) {
		buf_byte(to, (uint8_t)(0xc0 | cp >> 6));
		buf_byte(to, (uint8_t)(0x80 | (cp & 0x3f)));
	} else if (cp < 0x10000) {
		buf_byte(to, (uint8_t)(0xe0 | cp >> 12));
		buf_byte(to, (uint8_t)(0x80 | (cp >> 6 & 0x3f)));
		buf_byte(to, (uint8_t)(0x80 | (cp & 0x3f)));
	} else {
		buf_byte(to, (uint8_t)(0xf0 | cp >> 18));
		buf_byte(to, (uint8_t)(0x80 | (cp >> 12 & 0x3f)));
		buf_byte(to, (uint8_t)(0x80 | (cp >> 6 & 0x3f)));
		buf_byte(to, (uint8_t)(0x80 | (cp & 0x3f)));
	}
}

static uint32_t
hex4(const char *at)
{
	uint32_t n = 0;

	for (int i = 0; i < 4; i++) {
		char ch = at[i];

		n = n << 4 | (uint32_t)(ch <= '9' ? ch - '0' : (ch | 0x20) - 'a' + 10);
	}
	return n;
}

/* at stands behind "\u"; returns how many bytes were taken. */
static size_t
put_unicode(struct buf *to, const char *at, size_t left)
{
	uint32_t high = hex4(at), low;

	if (high < 0xd800 || high > 0xdfff) {
		put_utf8(to, high);
		return 4;
	}
	if (high < 0xdc00 && left >= 10 && at[4] == '\\' && at[5] == 'u') {
		low = hex4(at + 6);
		if (low >= 0xdc00 && low <= 0xdfff) {
			put_utf8(to, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
			return 10;
		}
	}
	put_utf8(to, 0xfffd);
	return 4;
}

void
sio_json_unquote(struct buf *to, struct text quoted)
{
	static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *at = quoted.at + 1, *end = quoted.at + quoted.len - 1;

	while (at < end) {
		if (*at != '\\')
			buf_byte(to, (uint8_t)*at++);
		else if (at[1] == 'u')
			at += 2 + put_unicode(to, at + 2, (size_t)(end - at - 2));
		else {
			buf_byte(to, (uint8_t)values[strchr(letters, at[1]) - letters]);
			at += 2;
		}
	}
}
