/* Counts and cuts UTF-8 text by characters. */
#include "deploy/sandbox/text.h"

#include <stdbool.h>
#include <string.h>

static bool
continues(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

size_t
text_chars(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += !continues(*text);
	return n;
}

size_t
text_fit(const char *text, size_t max)
{
	size_t len = strnlen(text, max + 1);

	if (len <= max)
		return len;
	len = max;
	while (len > 0 && continues(text[len]))
		len--;
	return len;
}
