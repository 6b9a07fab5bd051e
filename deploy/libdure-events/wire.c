/* Questions as they are signed, answers as they are read. */
#include "room.h"

#include <msgpack.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { NONCE_BYTES = 16, TEXT_BYTES = 128, SIGNED_BYTES = 512 };

void
asker_key(struct asker *a, const char *secret)
{
	unsigned int n = KEY_BYTES;

	(void)EVP_Digest(secret, strlen(secret), a->key, &n, EVP_sha256(), NULL);
}

/* ---- writing */

static void
put_text(msgpack_packer *pk, const char *text)
{
	(void)msgpack_pack_str_with_body(pk, text, strlen(text));
}

static void
put_bytes(msgpack_packer *pk, const char *name, const void *bytes, size_t n)
{
	put_text(pk, name);
	(void)msgpack_pack_bin_with_body(pk, bytes, n);
}

static void
put_types(msgpack_packer *pk, const char *const *types)
{
	size_t n = 0;

	while (types[n] != NULL)
		n++;
	put_text(pk, "types");
	(void)msgpack_pack_array(pk, n);
	for (size_t i = 0; i < n; i++)
		put_text(pk, types[i]);
}

static void
put_cursor(msgpack_packer *pk, const int64_t *after)
{
	put_text(pk, "after");
	(void)msgpack_pack_array(pk, PARTITIONS);
	for (int p = 0; p < PARTITIONS; p++)
		(void)msgpack_pack_int64(pk, after[p]);
}

static void
put_request(msgpack_sbuffer *to, const char *op, const int64_t *after, const char *const *types)
{
	msgpack_packer pk;

	msgpack_packer_init(&pk, to, msgpack_sbuffer_write);
	(void)msgpack_pack_map(&pk, 1u + (after != NULL) + (types != NULL));
	put_text(&pk, "op");
	put_text(&pk, op);
	if (after != NULL)
		put_cursor(&pk, after);
	if (types != NULL)
		put_types(&pk, types);
}

/* Five lines and the request: see PROTOCOL.md. */
static bool
sign(const struct asker *a, int64_t time_s, const unsigned char *nonce, const msgpack_sbuffer *request, unsigned char *mac)
{
	char head[SIGNED_BYTES];
	unsigned int mac_bytes = KEY_BYTES;
	int n = snprintf(head, sizeof(head), "dure-events-v1\n%s\n%s\n%lld\n", a->publisher, a->key_id, (long long)time_s);

	for (int i = 0; i < NONCE_BYTES; i++)
		n += snprintf(head + n, sizeof(head) - (size_t)n, "%02x", nonce[i]);
	head[n++] = '\n';
	char *whole = malloc((size_t)n + request->size);
	if (whole == NULL)
		return false;
	memcpy(whole, head, (size_t)n);
	memcpy(whole + n, request->data, request->size);
	bool made = HMAC(EVP_sha256(), a->key, KEY_BYTES, (unsigned char *)whole, (size_t)n + request->size, mac,
	    &mac_bytes) != NULL;
	free(whole);
	return made;
}

bool
question_make(const struct asker *a, const char *op, const int64_t *after, const char *const *types, int64_t time_s,
    char **out, size_t *bytes)
{
	unsigned char nonce[NONCE_BYTES], mac[KEY_BYTES];
	msgpack_sbuffer request, whole;
	msgpack_packer pk;

	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		return false;
	msgpack_sbuffer_init(&request);
	put_request(&request, op, after, types);
	bool made = sign(a, time_s, nonce, &request, mac);
	msgpack_sbuffer_init(&whole);
	msgpack_packer_init(&pk, &whole, msgpack_sbuffer_write);
	(void)msgpack_pack_map(&pk, 5);
	put_text(&pk, "key");
	put_text(&pk, a->key_id);
	put_text(&pk, "time");
	(void)msgpack_pack_int64(&pk, time_s);
	put_bytes(&pk, "nonce", nonce, sizeof(nonce));
	put_bytes(&pk, "mac", mac, sizeof(mac));
	put_bytes(&pk, "request", request.data, request.size);
	msgpack_sbuffer_destroy(&request);
	*bytes = whole.size;
	*out = msgpack_sbuffer_release(&whole);
	return made;
}

/* ---- reading */

/* An answer is at most a megabyte and msgpack-c refuses what is nested deeper than 32, so what a broken one may cost
 * is address space that is never touched. */
struct answer {
	msgpack_unpacked whole, event;
	char             error[32];
	char             text[7][TEXT_BYTES];     /* of the event in hand */
};

static const msgpack_object *
member(const msgpack_object *map, const char *name)
{
	if (map->type != MSGPACK_OBJECT_MAP)
		return NULL;
	for (uint32_t i = 0; i < map->via.map.size; i++) {
		const msgpack_object *key = &map->via.map.ptr[i].key;
		if (key->type == MSGPACK_OBJECT_STR && key->via.str.size == strlen(name) &&
		    memcmp(key->via.str.ptr, name, key->via.str.size) == 0)
			return &map->via.map.ptr[i].val;
	}
	return NULL;
}

static int
copy_text(const msgpack_object *v, char *out, size_t out_bytes)
{
	if (out_bytes > 0)
		out[0] = '\0';
	if (v == NULL || v->type != MSGPACK_OBJECT_STR || v->via.str.size >= out_bytes)
		return -1;
	memcpy(out, v->via.str.ptr, v->via.str.size);
	out[v->via.str.size] = '\0';
	return (int)v->via.str.size;
}

static bool
read_number(const msgpack_object *v, int64_t *out)
{
	if (v == NULL)
		return false;
	if (v->type == MSGPACK_OBJECT_POSITIVE_INTEGER && v->via.u64 <= INT64_MAX)
		*out = (int64_t)v->via.u64;
	else if (v->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
		*out = v->via.i64;
	else
		return false;
	return true;
}

struct answer *
answer_read(const void *bytes, size_t n)
{
	struct answer *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	msgpack_unpacked_init(&a->whole);
	msgpack_unpacked_init(&a->event);
	if (msgpack_unpack_next(&a->whole, bytes, n, NULL) == MSGPACK_UNPACK_SUCCESS &&
	    a->whole.data.type == MSGPACK_OBJECT_MAP) {
		(void)copy_text(member(&a->whole.data, "error"), a->error, sizeof(a->error));
		return a;
	}
	answer_free(a);
	return NULL;
}

void
answer_free(struct answer *a)
{
	if (a == NULL)
		return;
	msgpack_unpacked_destroy(&a->event);
	msgpack_unpacked_destroy(&a->whole);
	free(a);
}

const char *
answer_error(const struct answer *a)
{
	return a->error;
}

bool
answer_cursor(const struct answer *a, int64_t cursor[PARTITIONS])
{
	const msgpack_object *list = member(&a->whole.data, "cursor");

	if (list == NULL || list->type != MSGPACK_OBJECT_ARRAY || list->via.array.size != PARTITIONS)
		return false;
	for (int p = 0; p < PARTITIONS; p++)
		if (!read_number(&list->via.array.ptr[p], &cursor[p]))
			return false;
	return true;
}

bool
answer_more(const struct answer *a)
{
	const msgpack_object *more = member(&a->whole.data, "more");

	return more != NULL && more->type == MSGPACK_OBJECT_BOOLEAN && more->via.boolean;
}

int64_t
answer_time(const struct answer *a)
{
	int64_t time_s = 0;

	return read_number(member(&a->whole.data, "time"), &time_s) ? time_s : 0;
}

static const msgpack_object *
event_list(const struct answer *a)
{
	const msgpack_object *list = member(&a->whole.data, "events");

	return list != NULL && list->type == MSGPACK_OBJECT_ARRAY ? list : NULL;
}

size_t
answer_events(const struct answer *a)
{
	const msgpack_object *list = event_list(a);

	return list == NULL ? 0 : list->via.array.size;
}

static bool
read_envelope(struct answer *a, const msgpack_object *map, struct dure_event *out)
{
	static const char *const names[] = { "id", "type", "publisher", "occurredAt", "key", "traceparent", "tenant" };
	const msgpack_object *payload = member(map, "payload");
	int64_t version, partition;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) - 1; i++)
		if (copy_text(member(map, names[i]), a->text[i], TEXT_BYTES) < 0)
			return false;
	bool has_company = copy_text(member(map, "tenant"), a->text[6], TEXT_BYTES) >= 0;
	if (payload == NULL || payload->type != MSGPACK_OBJECT_BIN || !read_number(member(map, "version"), &version) ||
	    !read_number(member(map, "partition"), &partition) || partition < 0 || partition >= PARTITIONS ||
	    !read_number(member(map, "seq"), &out->seq))
		return false;
	out->id = a->text[0];
	out->type = a->text[1];
	out->publisher = a->text[2];
	out->occurred_at = a->text[3];
	out->key = a->text[4];
	out->traceparent = a->text[5];
	out->company = has_company ? a->text[6] : NULL;
	out->version = (int)version;
	out->partition = (int)partition;
	out->payload = payload->via.bin.ptr;
	out->payload_bytes = payload->via.bin.size;
	return true;
}

bool
answer_event(struct answer *a, size_t i, struct dure_event *out)
{
	const msgpack_object *bytes = &event_list(a)->via.array.ptr[i];

	return bytes->type == MSGPACK_OBJECT_BIN &&
	    msgpack_unpack_next(&a->event, bytes->via.bin.ptr, bytes->via.bin.size, NULL) == MSGPACK_UNPACK_SUCCESS &&
	    read_envelope(a, &a->event.data, out);
}

/* ---- the payload, for who has no msgpack reader of its own */

int
dure_event_text(const struct dure_event *event, const char *field, char *out, size_t out_bytes)
{
	msgpack_unpacked whole;
	int n = -1;

	msgpack_unpacked_init(&whole);
	if (out_bytes > 0)
		out[0] = '\0';
	if (msgpack_unpack_next(&whole, event->payload, event->payload_bytes, NULL) == MSGPACK_UNPACK_SUCCESS)
		n = copy_text(member(&whole.data, field), out, out_bytes);
	msgpack_unpacked_destroy(&whole);
	return n;
}

int
dure_event_number(const struct dure_event *event, const char *field, int64_t *out)
{
	msgpack_unpacked whole;
	bool found = false;

	msgpack_unpacked_init(&whole);
	if (msgpack_unpack_next(&whole, event->payload, event->payload_bytes, NULL) == MSGPACK_UNPACK_SUCCESS)
		found = read_number(member(&whole.data, field), out);
	msgpack_unpacked_destroy(&whole);
	return found ? 0 : -1;
}
