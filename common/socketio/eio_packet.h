/* The bytes of Engine.IO 4: packets, polling payloads, the handshake, refusals. No sockets here. */
#ifndef SOCKETIO_EIO_PACKET_H
#define SOCKETIO_EIO_PACKET_H
#include "common/core/base.h"
#include "common/core/buf.h"

enum eio_type {
	EIO_OPEN, EIO_CLOSE, EIO_PING, EIO_PONG, EIO_MESSAGE, EIO_UPGRADE, EIO_NOOP
};

enum { EIO_SEPARATOR = 0x1e, EIO_SID_CHARS = 20 };

/* data is borrowed; of a binary packet of a payload it is still base64. */
struct eio_packet {
	enum eio_type type;
	bool          binary;
	struct text   data;
};

/* One text packet: a type digit, then its data. */
bool eio_packet_read(struct text raw, struct eio_packet *out) MUST_USE;

/* Takes the next packet off a polling payload. False at a packet that cannot be read; the end is
 * told by rest->at being NULL after a call that succeeded. */
bool eio_payload_next(struct text *rest, struct eio_packet *out) MUST_USE;

/* Base64 with padding, strictly. out has room for base64.len / 4 * 3 bytes. */
bool eio_base64_read(struct text base64, char *out, size_t *len) MUST_USE;
void eio_base64_write(struct buf *to, struct text bytes);

struct eio_open {
	const char *sid;
	bool        may_upgrade;
	int         ping_interval_ms, ping_timeout_ms;
	size_t      max_payload_bytes;
};
/* The open packet with its type digit. */
void eio_open_write(struct buf *to, const struct eio_open *open);

enum eio_refusal {
	EIO_TRANSPORT_UNKNOWN, EIO_SESSION_UNKNOWN, EIO_BAD_METHOD, EIO_BAD_REQUEST, EIO_FORBIDDEN,
	EIO_BAD_VERSION, EIO_ALLOWED
};
const char *eio_refusal_words(enum eio_refusal why);
void        eio_refusal_write(struct buf *to, enum eio_refusal why);

enum eio_transport { EIO_POLLING, EIO_WEBSOCKET };

/* What a request says of itself, and what is known of the session it names. */
struct eio_request {
	struct text        transport, eio, sid;
	bool               is_get;
	bool               is_upgrade;       /* it asks for a websocket */
	bool               session_known;
	enum eio_transport session_transport;
};
/* The checks of the reference server, in its order. */
enum eio_refusal eio_request_check(const struct eio_request *r);
#endif
