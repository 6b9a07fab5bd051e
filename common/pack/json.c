/* msgpack as JSON, without a schema: for payloads that leave over HTTP. */
#include <msgpack.h>

#include "common/json/json.h"
#include "common/pack/pack.h"
#include "common/pack/scan.h"

static bool print_value(struct buf *to, const msgpack_object *v);

static struct text
text_in(const msgpack_object *v)
{
	return (struct text){ v->via.str.ptr, v->via.str.size };
}

static bool
print_array(struct buf *to, const msgpack_object_array *list)
{
	buf_byte(to, '[');
	for (uint32_t i = 0; i < list->size; i++) {
		if (i > 0)
			buf_byte(to, ',');
		if (!print_value(to, &list->ptr[i]))
			return false;
	}
	buf_byte(to, ']');
	return true;
}

static bool
print_map(struct buf *to, const msgpack_object_map *map)
{
	buf_byte(to, '{');
	for (uint32_t i = 0; i < map->size; i++) {
		if (map->ptr[i].key.type != MSGPACK_OBJECT_STR)
			return false;
		if (i > 0)
			buf_byte(to, ',');
		json_write_text(to, text_in(&map->ptr[i].key));
		buf_byte(to, ':');
		if (!print_value(to, &map->ptr[i].val))
			return false;
	}
	buf_byte(to, '}');
	return true;
}

static bool
print_unsigned(struct buf *to, uint64_t n)
{
	buf_printf(to, "%llu", (unsigned long long)n);
	return true;
}

static bool
print_string(struct buf *to, const msgpack_object *v)
{
	json_write_text(to, text_in(v));
	return true;
}

/* Bytes as json_write() has them. */
static bool
print_bytes(struct buf *to, const msgpack_object_bin *bin)
{
	buf_byte(to, '"');
	buf_base64url(to, (struct text){ bin->ptr, bin->size });
	buf_byte(to, '"');
	return true;
}

static bool
print_word(struct buf *to, const char *word)
{
	buf_str(to, word);
	return true;
}

/* No contract has a real number or an extension. */
static bool
print_value(struct buf *to, const msgpack_object *v)
{
	switch (v->type) {
	case MSGPACK_OBJECT_NIL:              return print_word(to, "null");
	case MSGPACK_OBJECT_BOOLEAN:          return print_word(to, v->via.boolean ? "true" : "false");
	case MSGPACK_OBJECT_POSITIVE_INTEGER: return print_unsigned(to, v->via.u64);
	case MSGPACK_OBJECT_NEGATIVE_INTEGER: buf_i64(to, v->via.i64); return true;
	case MSGPACK_OBJECT_STR:              return print_string(to, v);
	case MSGPACK_OBJECT_BIN:              return print_bytes(to, &v->via.bin);
	case MSGPACK_OBJECT_ARRAY:            return print_array(to, &v->via.array);
	case MSGPACK_OBJECT_MAP:              return print_map(to, &v->via.map);
	case MSGPACK_OBJECT_FLOAT32:
	case MSGPACK_OBJECT_FLOAT64:
	case MSGPACK_OBJECT_EXT:              return false;
	}
	return false;
}

bool
pack_to_json(struct text packed, struct buf *to)
{
	msgpack_unpacked whole;

	if (pack_scan(packed) != NULL)
		return false;
	msgpack_unpacked_init(&whole);
	bool fine = msgpack_unpack_next(&whole, packed.at, packed.len, NULL) == MSGPACK_UNPACK_SUCCESS &&
	    print_value(to, &whole.data);
	msgpack_unpacked_destroy(&whole);
	return fine;
}
