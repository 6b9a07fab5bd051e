/* A described struct with a field of every kind, as the generator would make it; for the tests of json
 * and pack and for their fuzz targets. */
#ifndef TESTS_JSON_SAMPLE_H
#define TESTS_JSON_SAMPLE_H
#include "common/core/msg.h"

struct sample_line { struct text sku; int32_t quantity; };
struct sample_inner { struct text note; bool has_note; int64_t amount; };
struct sample {
	bool                paid;
	int32_t             seats;
	bool                has_seats;
	int64_t             total;
	struct text         name;
	struct text         phone;
	bool                has_phone;
	struct text         email;
	bool                has_email;
	struct text         status;
	bool                has_status;
	struct uuid         id;
	bool                has_id;
	int64_t             at;
	bool                has_at;
	struct text         digest;
	bool                has_digest;
	struct text         extra;
	bool                has_extra;
	struct sample_inner inner;
	bool                has_inner;
	struct sample_line *lines;
	size_t              n_lines;
	int64_t            *numbers;
	size_t              n_numbers;
	struct text        *tags;
	size_t              n_tags;
	struct text         nick;
	bool                has_nick;
	struct text         memo;
	bool                has_memo;
};

#define AT(s, m)      .at = offsetof(struct s, m)
#define OPT(s, m)     .at = offsetof(struct s, m), .mark = offsetof(struct s, has_##m)
#define LIST(s, m)    .at = offsetof(struct s, m), .mark = offsetof(struct s, n_##m)
#define ALWAYS        .mark = MSG_NONE

static const char *const sample_statuses[] = { "open", "closed", NULL };

static const struct msg_field sample_line_fields[] = {
	{ .name = "sku", .kind = MSG_TEXT, .format = MSG_TOKEN, .flags = MSG_REQUIRED, AT(sample_line, sku), ALWAYS, .min = 1,
	  .max = 20 },
	{ .name = "quantity", .kind = MSG_I32, .flags = MSG_REQUIRED, AT(sample_line, quantity), ALWAYS, .min = 1, .max = 99 },
};
static const struct msg_type sample_line_type = { "sample_line", sizeof(struct sample_line),
	_Alignof(struct sample_line), sample_line_fields, COUNT_OF(sample_line_fields), false };

static const struct msg_field sample_inner_fields[] = {
	{ .name = "note", .kind = MSG_TEXT, OPT(sample_inner, note), .max = 40 },
	{ .name = "amount", .kind = MSG_I64, .flags = MSG_REQUIRED, AT(sample_inner, amount), ALWAYS },
};
static const struct msg_type sample_inner_type = { "sample_inner", sizeof(struct sample_inner),
	_Alignof(struct sample_inner), sample_inner_fields, COUNT_OF(sample_inner_fields), false };

static const struct msg_field sample_fields[] = {
	{ .name = "paid", .kind = MSG_BOOL, .flags = MSG_REQUIRED, AT(sample, paid), ALWAYS },
	{ .name = "seats", .kind = MSG_I32, OPT(sample, seats) },
	{ .name = "total", .kind = MSG_I64, .flags = MSG_REQUIRED, AT(sample, total), ALWAYS, .min = 0, .max = 1000000,
	  .multiple = 10 },
	{ .name = "name", .kind = MSG_TEXT, .format = MSG_LINE, .flags = MSG_REQUIRED, AT(sample, name), ALWAYS, .min = 1,
	  .max = 5 },
	{ .name = "phone", .kind = MSG_TEXT, .format = MSG_PHONE, .flags = MSG_SECRET, OPT(sample, phone) },
	{ .name = "email", .kind = MSG_TEXT, .format = MSG_EMAIL, OPT(sample, email), .min = 6, .max = 254 },
	{ .name = "status", .kind = MSG_TEXT, OPT(sample, status), .values = sample_statuses },
	{ .name = "id", .kind = MSG_UUID, OPT(sample, id) },
	{ .name = "at", .kind = MSG_TIME, OPT(sample, at) },
	{ .name = "digest", .kind = MSG_BYTES, OPT(sample, digest), .min = 2, .max = 32 },
	{ .name = "extra", .kind = MSG_JSON, OPT(sample, extra), .max = 100 },
	{ .name = "inner", .kind = MSG_OBJECT, OPT(sample, inner), .object = &sample_inner_type },
	{ .name = "lines", .kind = MSG_OBJECT, .flags = MSG_LIST, LIST(sample, lines), .max_items = 3,
	  .object = &sample_line_type },
	{ .name = "numbers", .kind = MSG_I64, .flags = MSG_LIST | MSG_REQUIRED, LIST(sample, numbers), .min = -5, .max = 5,
	  .max_items = 4 },
	{ .name = "tags", .kind = MSG_TEXT, .flags = MSG_LIST | MSG_NULLABLE, LIST(sample, tags), .max = 8, .min_items = 1,
	  .max_items = 4 },
	{ .name = "nick", .kind = MSG_TEXT, .flags = MSG_REQUIRED | MSG_NULLABLE, OPT(sample, nick), .max = 8 },
	{ .name = "memo", .kind = MSG_TEXT, OPT(sample, memo), .max = 1000 },
};
static const struct msg_type sample_type = { "sample", sizeof(struct sample), _Alignof(struct sample), sample_fields,
	COUNT_OF(sample_fields), false };
/* The same with unknown fields skipped, as in events. */
static const struct msg_type sample_open_type = { "sample_open", sizeof(struct sample), _Alignof(struct sample),
	sample_fields, COUNT_OF(sample_fields), true };

#define SAMPLE_SHORTEST "{\"paid\":true,\"total\":10,\"name\":\"a\",\"numbers\":[],\"nick\":null}"
#define SAMPLE_FULL "{\"paid\":false,\"seats\":-3,\"total\":1000000,\"name\":\"두레 ₩\",\"phone\":\"01000000001\"," \
	"\"email\":\"someone@example.com\",\"status\":\"closed\",\"id\":\"0190a0b0-c0d0-7abc-8def-0123456789ab\"," \
	"\"at\":\"2026-01-31T12:34:56.123456Z\",\"digest\":\"AAH_\",\"extra\":{\"a\":[1,null,\"x\"]}," \
	"\"inner\":{\"note\":\"n\",\"amount\":-9223372036854775808},\"lines\":[{\"sku\":\"a-1\",\"quantity\":1}," \
	"{\"sku\":\"b\",\"quantity\":99}],\"numbers\":[-5,0,5],\"tags\":[\"x\",\"\"],\"nick\":\"nick\"," \
	"\"memo\":\"a\\\"b\\\\c\\n\\td/\"}"
#endif
