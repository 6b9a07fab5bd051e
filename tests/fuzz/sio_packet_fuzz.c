/* Any bytes as a Socket.IO packet; what is accepted can be written and read again, the same. */
#include "common/core/text.h"
#include "common/socketio/sio_json.h"
#include "common/socketio/sio_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
same_again(const struct sio_packet *p)
{
	struct buf        out = buf_heap(1 << 20);
	struct sio_packet q;

	sio_packet_write(&out, p);
	SURE(sio_packet_read(buf_as_text(&out), &q));
	SURE(q.type == p->type && q.n_binary == p->n_binary && q.ack_id == p->ack_id);
	SURE(text_eq(q.nsp, p->nsp) && text_eq(q.data, p->data));
	buf_free(&out);
}

/* The arguments stay valid and compact; joined with the name they are an event again. */
static void
event_again(const struct sio_packet *p)
{
	struct buf        name = buf_heap(1 << 20), args = buf_heap(1 << 20), all = buf_heap(1 << 23);
	struct buf        compact = buf_heap(1 << 20);

	sio_event_split(p->data, &name, &args);
	SURE(sio_json_ok(buf_as_text(&args)));
	sio_json_compact(&compact, buf_as_text(&args));
	SURE(text_eq(buf_as_text(&compact), buf_as_text(&args)));
	sio_event_join(&all, buf_as_text(&name), buf_as_text(&args));
	SURE(sio_json_ok(buf_as_text(&all)));
	buf_free(&name);
	buf_free(&args);
	buf_free(&all);
	buf_free(&compact);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text       raw = { (const char *)data, size }, rest = raw, item;
	struct sio_packet p;

	if (size > 1 << 16)
		return 0;
	if (sio_packet_read(raw, &p)) {
		same_again(&p);
		if (p.type == SIO_EVENT || p.type == SIO_BINARY_EVENT)
			event_again(&p);
	}
	while (sio_json_item(&rest, &item))
		SURE(sio_json_ok(item));
	return 0;
}
