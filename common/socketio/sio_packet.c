/* The bytes of Socket.IO 5 packets. */
#include "common/socketio/sio_packet.h"
#include "common/core/text.h"
#include "common/socketio/sio_json.h"

static bool
is_binary(enum sio_type type)
{
	return type == SIO_BINARY_EVENT || type == SIO_BINARY_ACK;
}

/* Decimal digits at the front of *rest; their number goes to *n, 0 when there are none. */
static bool
take_digits(struct text *rest, int64_t *value, size_t *n)
{
	*value = 0;
	for (*n = 0; *n < rest->len && rest->at[*n] >= '0' && rest->at[*n] <= '9'; (*n)++) {
		*value = *value * 10 + (rest->at[*n] - '0');
		if (*value > SIO_ACK_ID_MAX)
			return false;
	}
	if (*n > 0)          /* at may be NULL when nothing is left */
		*rest = (struct text){ rest->at + *n, rest->len - *n };
	return true;
}

static bool
read_attachments(struct text *rest, struct sio_packet *out)
{
	int64_t count;
	size_t  digits;

	out->n_binary = 0;
	if (!is_binary(out->type))
		return true;
	if (!take_digits(rest, &count, &digits) || digits == 0 || count > SIO_ATTACHMENTS_MAX)
		return false;
	if (rest->len == 0 || rest->at[0] != '-')
		return false;
	rest->at++;
	rest->len--;
	out->n_binary = (unsigned)count;
	return true;
}

/* The comma may be missing when nothing follows: "40/custom". */
static bool
read_nsp(struct text *rest, struct sio_packet *out)
{
	out->nsp = TEXT("/");
	if (rest->len == 0 || rest->at[0] != '/')
		return true;
	out->nsp = text_cut(rest, ',');
	return out->nsp.len <= SIO_NSP_MAX;
}

static bool
read_ack_id(struct text *rest, struct sio_packet *out)
{
	size_t digits;

	if (!take_digits(rest, &out->ack_id, &digits))
		return false;
	if (digits == 0)
		out->ack_id = -1;
	return true;
}

/* What EventEmitters on both ends use for themselves. */
static bool
is_reserved(struct text name)
{
	static const char *const reserved[] = { "connect", "connect_error", "disconnect",
		"disconnecting", "newListener", "removeListener" };

	for (size_t i = 0; i < COUNT_OF(reserved); i++)
		if (text_is(name, reserved[i]))
			return true;
	return false;
}

static bool
name_ok(struct text item)
{
	enum { LONGEST_RESERVED = 14 * 6 };     /* "removeListener" with every letter escaped */
	struct buf plain;
	bool       ok;

	if (item.at[0] != '"')
		return item.at[0] == '-' || (item.at[0] >= '0' && item.at[0] <= '9');
	if (item.len > LONGEST_RESERVED + 2)
		return true;
	plain = buf_heap(LONGEST_RESERVED + 2);
	sio_json_unquote(&plain, item);
	ok = !is_reserved(buf_as_text(&plain));
	buf_free(&plain);
	return ok;
}

static struct text
inside_array(struct text json)
{
	struct text t = text_trim(json);

	return (struct text){ t.at + 1, t.len - 2 };
}

static bool
event_ok(struct text data)
{
	struct text rest = inside_array(data), name;

	return sio_json_item(&rest, &name) && name_ok(name);
}

static bool
data_ok(const struct sio_packet *p)
{
	char first = p->data.len > 0 ? p->data.at[0] : '\0';

	switch (p->type) {
	case SIO_CONNECT:       return first == '\0' || first == '{';
	case SIO_DISCONNECT:    return first == '\0';
	case SIO_EVENT:
	case SIO_BINARY_EVENT:  return first == '[' && event_ok(p->data);
	case SIO_ACK:
	case SIO_BINARY_ACK:    return first == '[';
	case SIO_CONNECT_ERROR: return first == '{' || first == '"';
	}
	return false;
}

bool
sio_packet_read(struct text raw, struct sio_packet *out)
{
	struct text rest = raw;

	if (rest.len == 0 || rest.at[0] < '0' || rest.at[0] > '6')
		return false;
	out->type = (enum sio_type)(rest.at[0] - '0');
	rest.at++;
	rest.len--;
	if (!read_attachments(&rest, out) || !read_nsp(&rest, out) || !read_ack_id(&rest, out))
		return false;
	out->data = text_trim(rest);
	if (out->data.len > 0 && !(is_binary(out->type)
	    ? sio_json_placeholders_ok(out->data, out->n_binary) : sio_json_ok(out->data)))
		return false;
	return data_ok(out);
}

void
sio_packet_write(struct buf *to, const struct sio_packet *p)
{
	buf_byte(to, (uint8_t)('0' + (int)p->type));
	if (is_binary(p->type))
		buf_printf(to, "%u-", p->n_binary);
	if (!text_is(p->nsp, "/")) {
		buf_text(to, p->nsp);
		buf_byte(to, ',');
	}
	if (p->ack_id >= 0)
		buf_i64(to, p->ack_id);
	buf_text(to, p->data);
}

void
sio_event_split(struct text data, struct buf *name, struct buf *args)
{
	struct text rest = inside_array(data), first;

	if (!sio_json_item(&rest, &first))
		UNREACHED("an event without a name passed sio_packet_read()");
	if (first.at[0] == '"')
		sio_json_unquote(name, first);
	else
		buf_text(name, first);
	buf_byte(args, '[');
	sio_json_compact(args, rest);
	buf_byte(args, ']');
}

void
sio_event_join(struct buf *to, struct text name, struct text args_json)
{
	struct text args = inside_array(args_json);

	buf_byte(to, '[');
	sio_json_quote(to, name);
	if (args.len > 0)
		buf_byte(to, ',');
	buf_text(to, args);
	buf_byte(to, ']');
}
