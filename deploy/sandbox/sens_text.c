/* Measures text in EUC-KR, the code in which SMS travels and is counted. */
#include "deploy/sandbox/sens.h"

#include <iconv.h>

#include <errno.h>
#include <string.h>

static size_t
utf8_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	return first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
}

/* EUC-KR bytes of the character at text, 0 when it has none. */
static size_t
measure_char(iconv_t cd, const char *text, size_t len)
{
	char in_copy[4], out[8], *in = in_copy, *to = out;
	size_t in_left = len, room = sizeof(out);

	memcpy(in_copy, text, len);
	if (iconv(cd, &in, &in_left, &to, &room) == (size_t)-1) {
		iconv(cd, NULL, NULL, NULL, NULL);
		return 0;
	}
	return sizeof(out) - room;
}

struct sens_length
sens_measure(const char *text, size_t max)
{
	struct sens_length l = { .encodable = true };
	iconv_t cd = iconv_open("EUC-KR", "UTF-8");
	size_t size = strlen(text);

	for (size_t i = 0; i < size;) {
		size_t len = utf8_length((unsigned char)text[i]), bytes;

		if (len > size - i)
			len = size - i;
		bytes = measure_char(cd, text + i, len);
		l.encodable = l.encodable && bytes > 0;
		l.bytes += bytes > 0 ? bytes : 2;
		i += len;
		if (l.bytes <= max)
			l.fits = i;
	}
	iconv_close(cd);
	return l;
}
