/* Fuzzes the reader of websocket frames: whatever comes, it stays within the bytes, and a frame that it takes reads
 * the same alone. */
#include "common/core/text.h"
#include "services/gateway/tunnel/frame.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct text bytes, const struct frame *f, int64_t n)
{
	struct frame again;

	SURE(n >= 2 && (size_t)n <= bytes.len && f->payload.len <= FRAME_MAX_BYTES);
	SURE(f->payload.at >= bytes.at && f->payload.at + f->payload.len == bytes.at + n);
	SURE(f->kind <= FRAME_BINARY || (f->kind >= FRAME_CLOSE && f->kind <= FRAME_PONG && f->last && f->payload.len <= 125));
	SURE(frame_read((struct text){ bytes.at, (size_t)n }, &again) == n && text_eq(again.payload, f->payload));
	SURE(frame_read((struct text){ bytes.at, (size_t)n - 1 }, &again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text rest = { (const char *)data, size };
	struct frame f;
	int64_t n;

	while ((n = frame_read(rest, &f)) > 0) {
		check(rest, &f, n);
		rest = (struct text){ rest.at + n, rest.len - (size_t)n };
	}
	SURE(n == 0 || n == -1);
	return 0;
}
