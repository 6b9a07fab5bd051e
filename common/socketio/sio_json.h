/* JSON as text: checked strictly and passed on as it came, never turned into objects and back, so
 * that numbers, key order and escapes survive byte for byte. */
#ifndef SOCKETIO_SIO_JSON_H
#define SOCKETIO_SIO_JSON_H
#include "common/core/base.h"
#include "common/core/buf.h"

/* Deeper values are refused: the checker recurses. */
enum { SIO_JSON_DEPTH = 128 };

/* One value of RFC 8259 and nothing but white space around it. */
bool sio_json_ok(struct text json) MUST_USE;

/* The same, and every {"_placeholder":true,"num":i} in it must name one of n_binary parts. */
bool sio_json_placeholders_ok(struct text json, size_t n_binary) MUST_USE;

/* Cuts the first item off the inside of an array ("1,[2,3]" gives "1", leaves "[2,3]"), white
 * space trimmed. Needs text that sio_json_ok() passed; false when there is none left. */
bool sio_json_item(struct text *rest, struct text *item) MUST_USE;

/* Copies checked JSON without the white space between its tokens. */
void sio_json_compact(struct buf *to, struct text json);

void sio_json_quote(struct buf *to, struct text plain);
/* The text of a checked JSON string; `quoted` includes its quotes. A lone surrogate becomes
 * U+FFFD. */
void sio_json_unquote(struct buf *to, struct text quoted);
#endif
