/* Any bytes as an Engine.IO packet and as a polling payload; base64 survives the round trip. */
#include "common/core/text.h"
#include "common/socketio/eio_packet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
binary_round_trip(struct text base64)
{
	char      *bytes = malloc(base64.len / 4 * 3 + 1);
	size_t     len;
	struct buf again = buf_heap(base64.len + 4);

	SURE(bytes != NULL);
	if (eio_base64_read(base64, bytes, &len)) {
		SURE(len <= base64.len / 4 * 3);
		eio_base64_write(&again, (struct text){ bytes, len });
		SURE(text_eq(buf_as_text(&again), base64));
	}
	buf_free(&again);
	free(bytes);
}

static void
request(struct text raw)
{
	struct eio_request r = { .transport = text_cut(&raw, '&'), .eio = text_cut(&raw, '&'),
		.sid = text_cut(&raw, '&'), .is_get = raw.len & 1, .is_upgrade = raw.len & 2,
		.session_known = raw.len & 4, .session_transport = raw.len & 8 ? EIO_WEBSOCKET : EIO_POLLING };
	enum eio_refusal   why = eio_request_check(&r);

	if (why != EIO_ALLOWED)
		SURE(eio_refusal_words(why) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text       raw = { (const char *)data, size }, rest = raw;
	struct eio_packet p;

	if (eio_packet_read(raw, &p))
		SURE(p.type <= EIO_NOOP && p.data.len == size - 1);
	do {
		if (!eio_payload_next(&rest, &p))
			break;
		if (p.binary)
			binary_round_trip(p.data);
	} while (rest.at != NULL);
	binary_round_trip(raw);
	request(raw);
	return 0;
}
