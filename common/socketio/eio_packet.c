/* The bytes of Engine.IO 4: packets, polling payloads, the handshake, refusals. */
#include "common/socketio/eio_packet.h"
#include "common/core/text.h"

#include <string.h>

bool
eio_packet_read(struct text raw, struct eio_packet *out)
{
	if (raw.len == 0 || raw.at[0] < '0' || raw.at[0] > '6')
		return false;
	out->type = (enum eio_type)(raw.at[0] - '0');
	out->binary = false;
	out->data = (struct text){ raw.at + 1, raw.len - 1 };
	return true;
}

bool
eio_payload_next(struct text *rest, struct eio_packet *out)
{
	struct text one = text_cut(rest, EIO_SEPARATOR);

	if (one.len == 0 || one.at[0] != 'b')
		return eio_packet_read(one, out);
	out->type = EIO_MESSAGE;
	out->binary = true;
	out->data = (struct text){ one.at + 1, one.len - 1 };
	return true;
}

static const char base64_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 0 to 63, or -1. */
static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Four letters, the last `pad` of them '='; -1 when they are not base64. */
static int32_t
base64_group(const char *at, int pad)
{
	int32_t bits = 0;

	for (int i = 0; i < 4; i++) {
		int v = i >= 4 - pad ? 0 : base64_value(at[i]);

		if (v < 0)
			return -1;
		bits = bits << 6 | v;
	}
	/* One spelling per value: what padding cuts off must be zero. */
	return (pad == 1 && bits & 0xff) || (pad == 2 && bits & 0xffff) ? -1 : bits;
}

static int
base64_padding(struct text t)
{
	if (t.len == 0 || t.at[t.len - 1] != '=')
		return 0;
	return t.at[t.len - 2] == '=' ? 2 : 1;
}

bool
eio_base64_read(struct text base64, char *out, size_t *len)
{
	int pad;

	if (base64.len % 4 != 0)
		return false;
	pad = base64_padding(base64);
	*len = 0;
	for (size_t i = 0; i < base64.len; i += 4) {
		int     cut = i + 4 == base64.len ? pad : 0;
		int32_t bits = base64_group(base64.at + i, cut);

		if (bits < 0)
			return false;
		for (int b = 0; b < 3 - cut; b++)
			out[(*len)++] = (char)(bits >> (16 - 8 * b) & 0xff);
	}
	return true;
}

void
eio_base64_write(struct buf *to, struct text bytes)
{
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t   n = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t bits = 0;
		char     four[4];

		for (size_t b = 0; b < 3; b++)
			bits = bits << 8 | (b < n ? (uint8_t)bytes.at[i + b] : 0);
		for (size_t c = 0; c < 4; c++)
			four[c] = c <= n ? base64_letters[bits >> (18 - 6 * c) & 63] : '=';
		buf_put(to, four, sizeof(four));
	}
}

void
eio_open_write(struct buf *to, const struct eio_open *open)
{
	buf_printf(to, "0{\"sid\":\"%s\",\"upgrades\":[%s],\"pingInterval\":%d,\"pingTimeout\":%d,"
	    "\"maxPayload\":%zu}", open->sid, open->may_upgrade ? "\"websocket\"" : "",
	    open->ping_interval_ms, open->ping_timeout_ms, open->max_payload_bytes);
}

const char *
eio_refusal_words(enum eio_refusal why)
{
	static const char *const words[] = {
		[EIO_TRANSPORT_UNKNOWN] = "Transport unknown",
		[EIO_SESSION_UNKNOWN] = "Session ID unknown",
		[EIO_BAD_METHOD] = "Bad handshake method",
		[EIO_BAD_REQUEST] = "Bad request",
		[EIO_FORBIDDEN] = "Forbidden",
		[EIO_BAD_VERSION] = "Unsupported protocol version",
	};

	SURE((size_t)why < COUNT_OF(words));
	return words[why];
}

void
eio_refusal_write(struct buf *to, enum eio_refusal why)
{
	buf_printf(to, "{\"code\":%d,\"message\":\"%s\"}", (int)why, eio_refusal_words(why));
}

/* A request that names a session. */
static enum eio_refusal
check_session(const struct eio_request *r, enum eio_transport transport)
{
	if (!r->session_known)
		return EIO_SESSION_UNKNOWN;
	if (!r->is_upgrade && transport != r->session_transport)
		return EIO_BAD_REQUEST;
	return EIO_ALLOWED;
}

enum eio_refusal
eio_request_check(const struct eio_request *r)
{
	enum eio_transport transport = EIO_POLLING;

	if (text_is(r->transport, "websocket"))
		transport = EIO_WEBSOCKET;
	else if (!text_is(r->transport, "polling"))
		return EIO_TRANSPORT_UNKNOWN;
	if (r->is_upgrade != (transport == EIO_WEBSOCKET))
		return EIO_BAD_REQUEST;
	if (r->sid.len > 0)
		return check_session(r, transport);
	if (!r->is_get)
		return EIO_BAD_METHOD;
	return text_is(r->eio, "4") ? EIO_ALLOWED : EIO_BAD_VERSION;
}
