/* Websocket frames (RFC 6455 5.2), as a client writes and reads them. Pure. */
#ifndef GATEWAY_TUNNEL_FRAME_H
#define GATEWAY_TUNNEL_FRAME_H
#include "common/core/buf.h"

enum frame_kind { FRAME_MORE = 0, FRAME_TEXT = 1, FRAME_BINARY = 2, FRAME_CLOSE = 8, FRAME_PING = 9, FRAME_PONG = 10 };

enum { FRAME_HEAD_BYTES = 14, FRAME_MAX_BYTES = 1 << 20 };

struct frame { enum frame_kind kind; bool last; struct text payload; };

/* A whole frame, masked as a client must. */
void   frame_write(struct buf *to, enum frame_kind kind, struct text payload);
/* The first frame in bytes. 0: not whole yet; −1: not a frame a server may send (masked, reserved bits or kinds,
 * a long or fragmented control frame, over FRAME_MAX_BYTES); else how many bytes it took. The payload is borrowed from bytes. */
int64_t frame_read(struct text bytes, struct frame *out);
#endif
