/* JSON in and out of the generated structs. The only room that knows jansson. */
#ifndef JSON_JSON_H
#define JSON_JSON_H
#include "common/core/buf.h"
#include "common/core/msg.h"
#include "common/core/req.h"

enum { JSON_MAX_DEPTH = 16 };
/* Values and names in one document: a megabyte of "[[],[],…" would otherwise become 40 MB of
 * tree. */
enum { JSON_MAX_VALUES = 100000 };

/* Every text read is UTF-8 without NUL. A number must be written as an integer (1.0 is "type").
 * MSG_JSON is an object or an array, kept as compact JSON. A list that is absent has no items
 * pointer, an empty one has.
 *
 * Reads the body fields (MSG_IN_BODY) of one struct. Everything is copied into rq->mem. All wrong
 * fields are added to fs with their pointer and one of: required, type, too_short, too_long,
 * too_small, too_large, format, enum, unknown, too_few, too_many, multiple. `into` must be zeroed.
 * An unknown field is refused unless type->open. Not JSON at all, duplicate keys, NUL, invalid
 * UTF-8, deeper than JSON_MAX_DEPTH, or not an object: INVALID "request.json".
 * More than rq->mem can take: TOO_LARGE "request.too_large"; no input makes the arena panic. */
const struct err *json_read(struct req *rq, struct text json, const struct msg_type *type,
    void *into, struct err_fields *fs) MUST_USE;
/* One field from its text form (path segment, query value, header): same checks, same words;
 * pointer is made from where and name: "/path/id", "/query/limit". A list takes one more item by
 * each call (a query name that is repeated); whether they are enough is said by json_missing(). */
void        json_read_field(struct err_fields *fs, const struct msg_field *f, struct text value,
    void *into);
/* Reports required fields of one place that were not seen (seen[i]: type->fields[i] was given) and
 * lists that got too few items. */
void        json_missing(struct err_fields *fs, const struct msg_type *type, enum msg_where where,
    const void *in, const bool *seen);
/* Compact JSON of all fields; optional ones that are absent are left out, nullable ones are
 * null. */
void        json_write(struct buf *to, const struct msg_type *type, const void *from);
/* One field of a struct: "name":value. */
void        json_write_field(struct buf *to, const struct msg_field *f, const void *from);
/* A quoted, escaped JSON string. */
void        json_write_text(struct buf *to, struct text t);
/* While true, jansson has the reserve of core/memory in this thread: without memory it leaves characters out of what it reads,
 * and what is good would be told to be wrong. For this room, and for libjwt while it reads; what libjwt writes it frees by
 * free(), which is not for the reserve. */
void        json_use_reserve(bool may);

/* For answers of providers and other foreign JSON: read-only look at a document by path
 * ("response.status", "messages.0.messageId"). The document is freed with rq->mem. Not JSON by the
 * rules above: UPSTREAM "upstream.json". json_text() takes strings only, json_i64() integers only;
 * "" is the root. */
struct json_doc;
const struct err *json_parse(struct req *rq, struct text json,
    const struct json_doc **out) MUST_USE;
bool        json_text(struct req *rq, const struct json_doc *doc, const char *path,
    struct text *out) MUST_USE;
bool        json_i64(const struct json_doc *doc, const char *path, int64_t *out) MUST_USE;
size_t      json_length(const struct json_doc *doc, const char *path);   /* of an array, else 0 */
#endif
