/* Descriptors of the generated structs: how to read, check, write, pack and unpack each one.
 *
 * The generator (common/gen) makes one msg_type per schema of proto/. Readers and writers walk the
 * tables, so the checks of JSON, query strings and msgpack are written once (common/json,
 * common/pack) and a bound stands only in the contract. */
#ifndef CORE_MSG_H
#define CORE_MSG_H
#include "common/core/base.h"

enum msg_kind {
	MSG_BOOL,        /* bool */
	MSG_I32,         /* int32_t */
	MSG_I64,         /* int64_t */
	MSG_TEXT,        /* struct text, UTF-8, no NUL */
	MSG_UUID,        /* struct uuid; 36 characters on the wire */
	MSG_TIME,        /* int64_t, microseconds; RFC 3339 on the wire */
	MSG_BYTES,       /* struct text; base64url in JSON, bin in msgpack */
	MSG_OBJECT,      /* the struct itself, in line */
	MSG_JSON,        /* struct text holding JSON, passed through unread (bounded) */
};

/* What the text must look like, beyond its length. */
enum msg_format {
	MSG_ANY,
	MSG_PHONE,       /* read as text_phone(): digits are stored */
	MSG_EMAIL,
	MSG_LINE,        /* no control characters */
	MSG_TOKEN,       /* letters, digits, '-', '_', '.' */
	MSG_URI,         /* http or https, no user info */
};

enum msg_where { MSG_IN_BODY, MSG_IN_PATH, MSG_IN_QUERY, MSG_IN_HEADER };

enum { MSG_REQUIRED = 1, MSG_NULLABLE = 2, MSG_LIST = 4, MSG_SECRET = 8 };

enum { MSG_ITEMS_MAX = 4096 };           /* of a list whose contract names no bound */
enum { MSG_NONE = 0xffff };              /* .mark of a required scalar: there is none */

struct msg_type;
struct msg_field {
	const char             *name;      /* camelCase, as on the wire */
	enum msg_kind           kind;
	enum msg_format         format;
	enum msg_where          where;
	unsigned                flags;
	uint16_t                at;        /* offset of the value; of the item pointer for lists */
	uint16_t                mark;      /* offset of bool has_x (optional or nullable), of size_t n_x (lists) */
	int64_t                 min, max;  /* of a number; of a text: characters; of bytes and JSON: bytes;
	                                    * both 0: no bounds but those of the kind */
	int64_t                 multiple;  /* 0 or the number it must divide by */
	size_t                  min_items, max_items;      /* max_items 0: MSG_ITEMS_MAX */
	const char *const      *values;    /* closed list of texts, NULL-terminated, or NULL */
	const struct msg_type  *object;    /* MSG_OBJECT */
};

struct msg_type {
	const char             *name;      /* "order_create_in" */
	size_t                  size, align;
	const struct msg_field *fields;
	size_t                  n_fields;
	bool                    open;      /* unknown fields are skipped (events, provider answers) */
};

/* An event of a service: payload type and what the envelope says of it. */
struct event_type {
	const char            *type;       /* "order.placed" */
	int                    version;
	const char            *publisher;  /* "commerce" */
	bool                   is_public;  /* audience: may leave the suite */
	const struct msg_type *payload;
};
#endif
