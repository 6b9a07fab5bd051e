/* One value of a described struct: checked and stored, the same for JSON, query strings and
 * msgpack. */
#ifndef CORE_FIELD_H
#define CORE_FIELD_H
#include "common/core/arena.h"
#include "common/core/msg.h"

/* Why a value was refused: the stable word of err_field_add() and a sentence, which never quotes
 * the value. */
struct field_fault { const char *code; char detail[96]; };
struct field_list { void *items; size_t n; };

/* Each checks one value (of a list: one item) by its descriptor and stores it at `at`; false and
 * *why filled when it is refused, then nothing is stored. Copies into mem. */
bool        field_bool(const struct msg_field *f, bool value, void *at,
    struct field_fault *why) MUST_USE;
bool        field_number(const struct msg_field *f, int64_t n, void *at,
    struct field_fault *why) MUST_USE;
/* The kinds that are strings on every wire: MSG_TEXT, MSG_UUID, MSG_TIME. */
bool        field_text(struct arena *mem, const struct msg_field *f, struct text t, void *at,
    struct field_fault *why) MUST_USE;
/* MSG_BYTES already decoded, MSG_JSON already in its compact form. */
bool        field_bytes(struct arena *mem, const struct msg_field *f, struct text t, void *at,
    struct field_fault *why) MUST_USE;
/* How many items a list may have. */
bool        field_items(const struct msg_field *f, size_t n, struct field_fault *why) MUST_USE;
/* Whether n items take no more than `room` bytes, else "too_many": a few bytes of input may ask for a
 * large struct each. */
bool        field_fits(const struct msg_field *f, size_t n, size_t room,
    struct field_fault *why) MUST_USE;
/* n zeroed items in mem, set in the struct. */
struct field_list field_new_list(struct arena *mem, const struct msg_field *f, size_t n, void *in);
/* Bytes of the arena that a reader leaves alone when it makes lists, for the texts of `input` bytes (they
 * are copied at most twice) and for what is to be said about them. */
size_t      field_reserve(size_t input);
/* False; for a caller that found the wrong kind of value, or none, by itself. */
bool        field_wrong_type(const struct msg_field *f, struct field_fault *why);

/* Size and alignment of one value in the struct, of one item in a list. */
size_t      field_size(const struct msg_field *f);
size_t      field_align(const struct msg_field *f);
/* Where the value stands in its struct; for a list, see field_list(). */
void       *field_at(const struct msg_field *f, void *in);
const void *field_in(const struct msg_field *f, const void *in);
/* The mark of an optional or nullable value. A field without one is always there. A list is there
 * when its pointer is set (an empty list has one too). */
bool        field_is_set(const struct msg_field *f, const void *in);
void        field_mark(const struct msg_field *f, void *in, bool set);

struct field_list field_list(const struct msg_field *f, const void *in);
void        field_set_list(const struct msg_field *f, void *in, struct field_list list);
#endif
