/* One msgpack value after the other, out of bytes that pack_scan() has found whole. */
#ifndef PACK_VALUE_H
#define PACK_VALUE_H
#include "common/core/base.h"

/* A number that int64_t does not hold, and a real, are VALUE_OTHER. */
enum value_kind { VALUE_NIL, VALUE_BOOL, VALUE_NUMBER, VALUE_TEXT, VALUE_BYTES, VALUE_ARRAY, VALUE_MAP, VALUE_OTHER };

struct value {
	enum value_kind kind;
	bool            yes;         /* VALUE_BOOL */
	int64_t         number;      /* VALUE_NUMBER */
	struct text     text;        /* VALUE_TEXT, VALUE_BYTES: borrowed */
	size_t          n;           /* VALUE_ARRAY: items that follow; VALUE_MAP: pairs that follow */
};

/* Takes the value at *at and moves *at behind it; behind the head alone of an array or a map, whose values follow. */
void value_take(const unsigned char **at, struct value *out);
/* Moves *at behind what v, just taken, still holds. */
void value_skip(const unsigned char **at, const struct value *v);
#endif
