/* Websocket frames, as a client writes and reads them. */
#include "services/gateway/tunnel/frame.h"
#include <string.h>
#include "common/core/id.h"

enum { LAST = 0x80, RESERVED = 0x70, MASKED = 0x80, TWO_BYTES = 126, EIGHT_BYTES = 127 };

static void
write_length(struct buf *to, size_t len)
{
	if (len < TWO_BYTES) {
		buf_byte(to, (uint8_t)(MASKED | len));
		return;
	}
	buf_byte(to, len <= 0xffff ? MASKED | TWO_BYTES : MASKED | EIGHT_BYTES);
	for (int shift = len <= 0xffff ? 8 : 56; shift >= 0; shift -= 8)
		buf_byte(to, (uint8_t)(len >> shift));
}

void
frame_write(struct buf *to, enum frame_kind kind, struct text payload)
{
	unsigned char mask[4];

	random_bytes(mask, sizeof(mask));
	buf_byte(to, (uint8_t)(LAST | kind));
	write_length(to, payload.len);
	buf_put(to, mask, sizeof(mask));
	for (size_t i = 0; i < payload.len; i++)
		buf_byte(to, (uint8_t)((unsigned char)payload.at[i] ^ mask[i % 4]));
}

/* The length behind the first two bytes; *head is where the payload starts. −1: not whole. */
static int64_t
read_length(const unsigned char *b, size_t have, size_t *head)
{
	size_t extra = (b[1] & 0x7f) == TWO_BYTES ? 2 : (b[1] & 0x7f) == EIGHT_BYTES ? 8 : 0;
	uint64_t len = 0;

	*head = 2 + extra;
	if (extra == 0)
		return b[1] & 0x7f;
	if (have < *head)
		return -1;
	for (size_t i = 0; i < extra; i++)
		len = len << 8 | b[2 + i];
	return len > FRAME_MAX_BYTES ? FRAME_MAX_BYTES + 1 : (int64_t)len;
}

/* Opcodes that mean something; those of control are short and whole (RFC 6455 5.5). */
static bool
kind_good(unsigned char first, unsigned char second)
{
	unsigned kind = first & 0x0f;

	if (kind >= FRAME_CLOSE)
		return kind <= FRAME_PONG && (first & LAST) != 0 && (second & 0x7f) < TWO_BYTES;
	return kind <= FRAME_BINARY;
}

int64_t
frame_read(struct text bytes, struct frame *out)
{
	const unsigned char *b = (const unsigned char *)bytes.at;
	size_t head;
	int64_t len;

	if (bytes.len < 2)
		return 0;
	if ((b[0] & RESERVED) != 0 || (b[1] & MASKED) != 0 || !kind_good(b[0], b[1]))
		return -1;
	len = read_length(b, bytes.len, &head);
	if (len > FRAME_MAX_BYTES)
		return -1;
	if (len < 0 || bytes.len < head + (size_t)len)
		return 0;
	out->kind = (enum frame_kind)(b[0] & 0x0f);
	out->last = (b[0] & LAST) != 0;
	out->payload = (struct text){ bytes.at + head, (size_t)len };
	return (int64_t)head + len;
}
