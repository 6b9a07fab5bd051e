/* One JSON line per event, built on the stack and written at once. */
#include "common/log/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/core/clock.h"
#include "common/core/text.h"

enum {
	LINE_BYTES  = 4096,
	TAIL_BYTES  = sizeof(",\"cut\":true}\n"),
	WIDEST      = 6,             /* one character as "\u001f"; UTF-8 needs at most 4 */
	CAUSE_BYTES = 1024,
};

struct line { char at[LINE_BYTES]; size_t len; bool cut; };

static const char *service_name = "";
static enum log_level least_level = LV_INFO;
static const char *const level_words[] = {
	[LV_DEBUG] = "debug", [LV_INFO] = "info", [LV_WARN] = "warn", [LV_ERROR] = "error",
};

void
log_open(const char *service, enum log_level least)
{
	service_name = service;
	__atomic_store_n(&least_level, least, __ATOMIC_RELAXED);
}

bool
log_level_parse(const char *word, enum log_level *out)
{
	for (size_t i = 0; i < COUNT_OF(level_words); i++) {
		if (text_is(text_of(word), level_words[i])) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

static bool
has_room(const struct line *l, size_t bytes)
{
	return bytes <= LINE_BYTES - TAIL_BYTES - l->len;
}

/* Whole or not at all. */
static void
put(struct line *l, const char *bytes, size_t len)
{
	if (!has_room(l, len)) {
		l->cut = true;
		return;
	}
	memcpy(l->at + l->len, bytes, len);
	l->len += len;
}

static void
put_escaped(struct line *l, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char six[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	if (c == '"' || c == '\\')
		put(l, (char[]){ '\\', (char)c }, 2);
	else if (c == '\n')
		put(l, "\\n", 2);
	else
		put(l, six, sizeof(six));
}

/* Stops before the first character that may not fit together with the closing quote. In text that
 * is not UTF-8 every byte beyond ASCII becomes U+FFFD: the line stays JSON. */
static void
put_string(struct line *l, struct text t)
{
	bool utf8 = text_is_utf8(t);

	put(l, "\"", 1);
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.at[i];
		bool goes_on = utf8 && (c & 0xc0) == 0x80;
		if (!goes_on && !has_room(l, WIDEST + 1)) {
			l->cut = true;
			break;
		}
		if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
			put_escaped(l, c);
		else if (c < 0x80 || utf8)
			l->at[l->len++] = (char)c;
		else
			put(l, "\\ufffd", 6);
	}
	put(l, "\"", 1);
}

/* The key and the colon; false when not even an empty value would fit behind it. */
static bool
put_key(struct line *l, const char *key)
{
	size_t len = strlen(key);

	if (!has_room(l, len + sizeof(",\"\":") + sizeof("-9223372036854775808"))) {
		l->cut = true;
		return false;
	}
	put(l, ",\"", 2);
	put(l, key, len);
	put(l, "\":", 2);
	return true;
}

static void
put_text(struct line *l, const char *key, struct text t)
{
	if (put_key(l, key))
		put_string(l, t);
}

static void
put_int(struct line *l, const char *key, int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)n);

	if (put_key(l, key))
		put(l, digits, (size_t)len);
}

struct text
kv_text(const struct kv *kv, char room[KV_ROOM])
{
	switch (kv->kind) {
	case KV_TEXT:
		return kv->as.t;
	case KV_CSTR:
		return text_of(kv->as.s);
	case KV_UUID:
		uuid_print(kv->as.u, room);
		return text_of(room);
	case KV_PHONE:
		text_phone_mask(kv->as.t, room);
		return text_of(room);
	case KV_INT:
	case KV_END:
		break;
	}
	UNREACHED("a value that is no text");
}

static void
put_value(struct line *l, const struct kv *kv)
{
	char room[KV_ROOM];

	if (kv->kind == KV_INT)
		put_int(l, kv->key, kv->as.i);
	else
		put_text(l, kv->key, kv_text(kv, room));
}

/* Of the traceparent only the trace id: it is what the lines of all services have in common. */
static void
put_work(struct line *l, const struct req *rq)
{
	struct text id = rq->trace;

	if (id.len == REQ_TRACE_CHARS)
		id = (struct text){ id.at + REQ_TRACE_ID_AT, REQ_TRACE_ID_CHARS };
	if (id.len > 0)
		put_text(l, "trace", id);
	if (rq->request_id.len > 0)
		put_text(l, "requestId", rq->request_id);
	if (rq->door.len > 0)
		put_text(l, "door", rq->door);
}

static void
put_head(struct line *l, enum log_level lv, const char *event)
{
	char time[TIME_CHARS + 1];

	time_print(clock_real_us(), time);
	put(l, "{\"time\":", 8);
	put_string(l, text_of(time));
	put_text(l, "level", text_of(level_words[lv]));
	put_text(l, "service", text_of(service_name));
	put_text(l, "event", text_of(event));
}

static void
write_line(const struct line *l)
{
	ssize_t n;

	do
		n = write(STDERR_FILENO, l->at, l->len);
	while (n < 0 && errno == EINTR);
}

void
log_event(const struct req *rq, enum log_level lv, const char *event, const struct kv *kvs)
{
	struct line l;
	int before = errno;

	if (lv < __atomic_load_n(&least_level, __ATOMIC_RELAXED))
		return;
	l.len = 0;
	l.cut = false;
	put_head(&l, lv, event);
	if (rq != NULL)
		put_work(&l, rq);
	for (const struct kv *kv = kvs; kv->kind != KV_END; kv++)
		put_value(&l, kv);
	memcpy(l.at + l.len, l.cut ? ",\"cut\":true}\n" : "}\n", l.cut ? 13 : 2);
	l.len += l.cut ? 13 : 2;
	write_line(&l);
	errno = before;
}

/* The sentences down the chain, "a < b < c"; a link that repeats the one before it says nothing
 * new. */
static void
join_causes(const struct err *e, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (const struct err *c = e->cause; c != NULL; c = c->cause) {
		int n;
		if (c->detail == e->detail && c->code == e->code)
			continue;
		n = snprintf(out + len, size - len, "%s%s: %s (%s:%d)", len > 0 ? " < " : "",
		    c->slug, c->detail, c->file, c->line);
		if (n < 0 || (size_t)n >= size - len)
			return;
		len += (size_t)n;
	}
}

void
log_err(const struct req *rq, enum log_level lv, const char *event, const struct err *e)
{
	char causes[CAUSE_BYTES], at[256];
	struct kv kvs[6] = {
		kv_s("code", err_word(e->code)),
		kv_s("slug", e->slug),
		kv_s("detail", e->detail),
		kv_s("at", at),
	};

	join_causes(e, causes, sizeof(causes));
	(void)snprintf(at, sizeof(at), "%s:%d", e->file, e->line);
	if (causes[0] != '\0')
		kvs[4] = kv_s("because", causes);
	log_event(rq, lv, event, kvs);
}
