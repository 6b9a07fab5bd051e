/* Websocket frames, as a client writes and reads them. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/text.h"
#include "services/gateway/tunnel/frame.h"
#include "tests/unit/gateway/world.h"

TestSuite(frame, .init = world_open, .fini = world_close);

static const size_t lengths[] = { 0, 1, 125, 126, 127, 65535, 65536, FRAME_MAX_BYTES };

static struct text
payload_of(size_t len)
{
	char *bytes = arena_zero(rq.mem, len + 1, 1);

	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)(uint8_t)(i * 7 + i / 251);
	return (struct text){ bytes, len };
}

/* What a server would send: the client's frame with its mask taken off. */
static struct text
unmasked(struct text frame)
{
	unsigned char *b = arena_zero(rq.mem, frame.len, 1);
	size_t word = (unsigned char)frame.at[1] & 0x7f, head = word == 126 ? 4 : word == 127 ? 10 : 2;
	const char *mask = frame.at + head;

	cr_assert((unsigned char)frame.at[1] & 0x80, "a client masks");
	memcpy(b, frame.at, head);
	b[1] &= 0x7f;
	for (size_t i = head + 4; i < frame.len; i++)
		b[i - 4] = (unsigned char)(frame.at[i] ^ mask[(i - head - 4) % 4]);
	return (struct text){ (char *)b, frame.len - 4 };
}

static struct text
written(enum frame_kind kind, struct text payload)
{
	struct buf b = buf_in(rq.mem, payload.len + FRAME_HEAD_BYTES);

	frame_write(&b, kind, payload);
	cr_assert_not(b.overflow, "FRAME_HEAD_BYTES is enough");
	return buf_as_text(&b);
}

Test(frame, what_is_written_reads_back_at_every_length)
{
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		struct text payload = payload_of(lengths[i]), sent = unmasked(written(FRAME_BINARY, payload));
		struct frame f;

		cr_assert_eq(frame_read(sent, &f), (int64_t)sent.len, "%zu", lengths[i]);
		cr_assert(f.kind == FRAME_BINARY && f.last && text_eq(f.payload, payload), "%zu", lengths[i]);
	}
}

Test(frame, the_mask_differs_from_frame_to_frame)
{
	struct text payload = TEXT("the same eight and more bytes");

	cr_assert_not(text_eq(written(FRAME_TEXT, payload), written(FRAME_TEXT, payload)));
}

Test(frame, half_a_frame_is_not_whole_yet)
{
	for (size_t i = 0; i < COUNT_OF(lengths) - 1; i++) {
		struct text sent = unmasked(written(FRAME_TEXT, payload_of(lengths[i])));
		size_t heads = sent.len < 12 ? sent.len : 12;
		struct frame f;

		for (size_t n = 0; n < heads; n++)
			cr_assert_eq(frame_read((struct text){ sent.at, n }, &f), 0, "%zu of %zu", n, sent.len);
		cr_assert_eq(frame_read((struct text){ sent.at, sent.len - 1 }, &f), 0);
	}
}

Test(frame, fragments_come_one_by_one_and_what_follows_is_left_alone)
{
	static const char bytes[] = { 0x01, 2, 'a', 'b', 0x00, 1, 'c', (char)0x80, 0, (char)0x89, 1, 'p', (char)0x81 };
	static const struct { enum frame_kind kind; bool last; const char *payload; } frames[] = {
		{ FRAME_TEXT, false, "ab" }, { FRAME_MORE, false, "c" }, { FRAME_MORE, true, "" }, { FRAME_PING, true, "p" },
	};
	struct text rest = { bytes, sizeof(bytes) };
	struct frame f;
	int64_t n;

	for (size_t i = 0; i < COUNT_OF(frames); i++) {
		cr_assert_gt(n = frame_read(rest, &f), 0, "frame %zu", i);
		cr_assert(f.kind == frames[i].kind && f.last == frames[i].last && text_is(f.payload, frames[i].payload), "%zu", i);
		rest = (struct text){ rest.at + n, rest.len - (size_t)n };
	}
	cr_assert_eq(frame_read(rest, &f), 0);
}

#define HOSTILE(...) { { (const char[]){ __VA_ARGS__ }, sizeof((const char[]){ __VA_ARGS__ }) } }
static const struct { struct text bytes; } hostile[] = {
	HOSTILE((char)0x81, (char)0x80, 0, 0, 0, 0),                              /* masked: only clients do */
	HOSTILE((char)0xc1, 0), HOSTILE((char)0xa1, 0), HOSTILE((char)0x91, 0),   /* reserved bits */
	HOSTILE((char)0x83, 0), HOSTILE((char)0x87, 0), HOSTILE((char)0x8b, 0), HOSTILE((char)0x8f, 0),
	HOSTILE(0x09, 0), HOSTILE(0x08, 0),                                       /* control in fragments */
	HOSTILE((char)0x89, 126, 0, 126), HOSTILE((char)0x88, 127, 0, 0),         /* control over 125 bytes */
	HOSTILE((char)0x82, 127, 0, 0, 0, 0, 0, 0x10, 0, 1),                      /* FRAME_MAX_BYTES + 1 */
	HOSTILE((char)0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0),
	HOSTILE((char)0x82, 127, (char)0xff, (char)0xff, (char)0xff, (char)0xff, (char)0xff, (char)0xff, (char)0xff, (char)0xff),
	HOSTILE((char)0x82, 127, (char)0x80, 0, 0, 0, 0, 0, 0, 0),
};

Test(frame, what_no_server_may_send_is_refused)
{
	for (size_t i = 0; i < COUNT_OF(hostile); i++) {
		struct frame f;

		cr_assert_eq(frame_read(hostile[i].bytes, &f), -1, "hostile frame %zu", i);
	}
}
