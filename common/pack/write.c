/* Packs described structs as msgpack maps. */
#include <msgpack.h>
#include <string.h>

#include "common/core/clock.h"
#include "common/core/field.h"
#include "common/core/id.h"
#include "common/pack/pack.h"

static void pack_object(msgpack_packer *pk, const struct msg_type *type, const void *from);

/* The buffer keeps its own mark of overflow. */
static int
put(void *to, const char *bytes, size_t len)
{
	buf_put(to, bytes, len);
	return 0;
}

static void
pack_text(msgpack_packer *pk, struct text t)
{
	(void)msgpack_pack_str_with_body(pk, t.len == 0 ? "" : t.at, t.len);
}

static void
pack_uuid(msgpack_packer *pk, const struct uuid *u)
{
	char text[UUID_CHARS + 1];

	uuid_print(*u, text);
	pack_text(pk, (struct text){ text, UUID_CHARS });
}

static void
pack_time(msgpack_packer *pk, int64_t us)
{
	char text[TIME_CHARS + 1];

	time_print(us, text);
	pack_text(pk, (struct text){ text, TIME_CHARS });
}

static void
pack_bytes(msgpack_packer *pk, struct text t)
{
	(void)msgpack_pack_bin_with_body(pk, t.len == 0 ? "" : t.at, t.len);
}

static void
pack_bool(msgpack_packer *pk, bool yes)
{
	if (yes)
		(void)msgpack_pack_true(pk);
	else
		(void)msgpack_pack_false(pk);
}

static void
pack_value(msgpack_packer *pk, const struct msg_field *f, const void *at)
{
	switch (f->kind) {
	case MSG_BOOL:   pack_bool(pk, *(const bool *)at); return;
	case MSG_I32:    (void)msgpack_pack_int64(pk, *(const int32_t *)at); return;
	case MSG_I64:    (void)msgpack_pack_int64(pk, *(const int64_t *)at); return;
	case MSG_TEXT:
	case MSG_JSON:   pack_text(pk, *(const struct text *)at); return;
	case MSG_UUID:   pack_uuid(pk, at); return;
	case MSG_TIME:   pack_time(pk, *(const int64_t *)at); return;
	case MSG_BYTES:  pack_bytes(pk, *(const struct text *)at); return;
	case MSG_OBJECT: pack_object(pk, f->object, at); return;
	}
	UNREACHED("a kind that is none");
}

static void
pack_list(msgpack_packer *pk, const struct msg_field *f, const void *from)
{
	struct field_list list = field_list(f, from);

	(void)msgpack_pack_array(pk, list.n);
	for (size_t i = 0; i < list.n; i++)
		pack_value(pk, f, (const char *)list.items + i * field_size(f));
}

static bool
is_written(const struct msg_field *f, const void *from)
{
	return field_is_set(f, from) || (f->flags & (MSG_NULLABLE | MSG_REQUIRED)) != 0;
}

static void
pack_field(msgpack_packer *pk, const struct msg_field *f, const void *from)
{
	pack_text(pk, (struct text){ f->name, strlen(f->name) });
	if (f->flags & MSG_NULLABLE && !field_is_set(f, from))
		(void)msgpack_pack_nil(pk);
	else if (f->flags & MSG_LIST)
		pack_list(pk, f, from);
	else
		pack_value(pk, f, field_in(f, from));
}

static void
pack_object(msgpack_packer *pk, const struct msg_type *type, const void *from)
{
	size_t n = 0;

	for (size_t i = 0; i < type->n_fields; i++)
		n += is_written(&type->fields[i], from);
	(void)msgpack_pack_map(pk, n);
	for (size_t i = 0; i < type->n_fields; i++) {
		if (is_written(&type->fields[i], from))
			pack_field(pk, &type->fields[i], from);
	}
}

void
pack_write(struct buf *to, const struct msg_type *type, const void *from)
{
	msgpack_packer pk;

	msgpack_packer_init(&pk, to, put);
	pack_object(&pk, type, from);
}
