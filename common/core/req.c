/* The beginning and the end of a unit of work, the same for every door. */
#include "common/core/req.h"

#include <string.h>

#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"

enum { TRACE_ID_AT = 3, TRACE_ID_CHARS = 32, SPAN_AT = 36, SPAN_CHARS = 16, REQUEST_ID_MAX = 64 };

/* Random lower-case hex, never all zero (which W3C calls invalid: one chance in 2^64 is one too
 * many). */
static void
put_random_hex(char *out, size_t chars)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t bytes[TRACE_ID_CHARS / 2];

	random_bytes(bytes, chars / 2);
	bytes[0] = bytes[0] == 0 ? 1 : bytes[0];
	for (size_t i = 0; i < chars / 2; i++) {
		out[2 * i] = hex[bytes[i] >> 4];
		out[2 * i + 1] = hex[bytes[i] & 15];
	}
}

static struct text
new_trace(struct arena *mem)
{
	char trace[REQ_TRACE_CHARS + 1] = "00-................................-................-01";

	put_random_hex(trace + TRACE_ID_AT, TRACE_ID_CHARS);
	put_random_hex(trace + SPAN_AT, SPAN_CHARS);
	return arena_text(mem, trace);
}

static struct text
new_request_id(struct arena *mem)
{
	char id[UUID_CHARS + 1];

	uuid_print(uuid_new(), id);
	return arena_text(mem, id);
}

void
req_begin(struct req *rq, struct app *app, struct arena *mem, struct text door, int timeout_ms)
{
	*rq = (struct req){ .app = app, .mem = mem, .door = door, .who = WHO_ANYONE };
	rq->now_us = clock_now_us();
	rq->deadline_us = clock_mono_us() + (int64_t)timeout_ms * 1000;
	rq->request_id = new_request_id(mem);
	rq->trace = new_trace(mem);
	panic_holds(rq);
}

/* `chars` lower-case hex digits, not all of them zero. */
static bool
is_hex_id(const char *at, size_t chars)
{
	bool zero = true;

	for (size_t i = 0; i < chars; i++) {
		bool digit = at[i] >= '0' && at[i] <= '9';
		if (!digit && (at[i] < 'a' || at[i] > 'f'))
			return false;
		zero = zero && at[i] == '0';
	}
	return !zero;
}

/* Version 00 only: its length and meaning are known. */
static bool
is_trace(struct text t)
{
	return t.len == REQ_TRACE_CHARS && memcmp(t.at, "00-", 3) == 0 &&
	    t.at[SPAN_AT - 1] == '-' && t.at[SPAN_AT + SPAN_CHARS] == '-' &&
	    is_hex_id(t.at + TRACE_ID_AT, TRACE_ID_CHARS) && is_hex_id(t.at + SPAN_AT, SPAN_CHARS);
}

static bool
is_request_id(struct text t)
{
	if (t.len < 1 || t.len > REQUEST_ID_MAX)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		char c = t.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9');
		if (!letter && c != '-' && c != '_' && c != '.')
			return false;
	}
	return true;
}

void
req_follow(struct req *rq, struct text traceparent, struct text request_id)
{
	if (is_trace(traceparent)) {
		char trace[REQ_TRACE_CHARS + 1] =
		    "00-................................-................-01";
		memcpy(trace + TRACE_ID_AT, traceparent.at + TRACE_ID_AT, TRACE_ID_CHARS);
		put_random_hex(trace + SPAN_AT, SPAN_CHARS);
		rq->trace = arena_text(rq->mem, trace);
	}
	if (is_request_id(request_id))
		rq->request_id = arena_copy(rq->mem, request_id);
}

void
req_end(struct req *rq)
{
	SURE(rq->mem != NULL);
	panic_holds(NULL);
}
