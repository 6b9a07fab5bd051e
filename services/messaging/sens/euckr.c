/* What a text message can carry. */
#include "services/messaging/sens/euckr.h"
#include <iconv.h>
#include <pthread.h>
#include "common/core/buf.h"
#include "common/core/text.h"

/* glibc's EUC-KR takes U+20A9 while SENS and CP949 do not, so it is replaced first. */
static const struct { const char *from, *to; } spellings[] = {
	{ "–", "-" }, { "—", "-" }, { "₩", "원" }, { "\u00a0", " " },
};

/* One for the process, opened before main(): later there might be no memory for it. The lock is held over one text. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static iconv_t to;

__attribute__((constructor)) static void
open_once(void)
{
	to = iconv_open("EUC-KR", "UTF-8");
	SURE(to != (iconv_t)-1);
}

static size_t
letter_bytes(struct text t)
{
	unsigned char c = (unsigned char)t.at[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return n < t.len ? n : t.len;
}

/* EUC-KR bytes of one letter; 0 when it has none. */
static size_t
euckr_bytes(struct text letter)
{
	char in[4], out[8], *from = in, *into = out;
	size_t left = letter.len, room = sizeof(out);

	for (size_t i = 0; i < letter.len; i++)
		in[i] = letter.at[i];
	(void)iconv(to, NULL, NULL, NULL, NULL);
	return iconv(to, &from, &left, &into, &room) == (size_t)-1 ? 0 : sizeof(out) - room;
}

static struct text
spelled(struct text letter)
{
	for (size_t i = 0; i < COUNT_OF(spellings); i++)
		if (text_is(letter, spellings[i].from))
			return text_of(spellings[i].to);
	return letter;
}

struct text
euckr_clean(struct req *rq, struct text utf8, size_t max_bytes)
{
	struct buf out = buf_in(rq->mem, utf8.len * 3 + 1);
	size_t used = 0;

	SURE(pthread_mutex_lock(&lock) == 0);
	for (struct text rest = utf8; rest.len > 0;) {
		struct text letter = { rest.at, letter_bytes(rest) };
		size_t n;

		rest = (struct text){ rest.at + letter.len, rest.len - letter.len };
		letter = spelled(letter);
		if ((n = euckr_bytes(letter)) == 0) {
			letter = TEXT("?");
			n = 1;
		}
		if ((used += n) > max_bytes)
			break;
		buf_text(&out, letter);
	}
	SURE(pthread_mutex_unlock(&lock) == 0);
	return buf_as_text(&out);
}
