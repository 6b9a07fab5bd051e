/* The beginning and the end of a unit of work, the same for every door. */
#include "common/core/req.h"

#include <string.h>

#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"

enum { REQUEST_ID_MAX = 64 };

static int64_t sampled_of_a_million = REQ_SAMPLE_ALL;

static const char hex[] = "0123456789abcdef";

/* Lower-case hex, never all zero (which W3C calls invalid: one chance in 2^64 is one too many). */
static void
put_hex(char *out, uint8_t *bytes, size_t n)
{
	bytes[0] = bytes[0] == 0 ? 1 : bytes[0];
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex[bytes[i] >> 4];
		out[2 * i + 1] = hex[bytes[i] & 15];
	}
}

/* The last bytes of a trace id are random: a share of them is a share of the traces. */
static bool
is_drawn(const uint8_t *last_of_id)
{
	uint32_t number;

	memcpy(&number, last_of_id, sizeof(number));
	return (int64_t)((uint64_t)number * REQ_SAMPLE_ALL >> 32) < sampled_of_a_million;
}

static struct text
new_trace(struct arena *mem, bool may_be_sampled)
{
	enum { ID_BYTES = REQ_TRACE_ID_CHARS / 2, SPAN_BYTES = REQ_SPAN_CHARS / 2 };
	char trace[REQ_TRACE_CHARS + 1] = "00-................................-................-00";
	uint8_t bytes[ID_BYTES + SPAN_BYTES];

	random_for_id(bytes, sizeof(bytes));
	put_hex(trace + REQ_TRACE_ID_AT, bytes, ID_BYTES);
	put_hex(trace + REQ_SPAN_AT, bytes + ID_BYTES, SPAN_BYTES);
	if (may_be_sampled && is_drawn(bytes + ID_BYTES - sizeof(uint32_t)))
		trace[REQ_FLAGS_AT + 1] = '1';
	return arena_text(mem, trace);
}

/* `of` is well formed. */
static struct text
next_span(struct arena *mem, struct text of, bool sampled)
{
	char trace[REQ_TRACE_CHARS + 1] = "00-................................-................-00";
	uint8_t bytes[REQ_SPAN_CHARS / 2];

	random_for_id(bytes, sizeof(bytes));
	memcpy(trace + REQ_TRACE_ID_AT, of.at + REQ_TRACE_ID_AT, REQ_TRACE_ID_CHARS);
	put_hex(trace + REQ_SPAN_AT, bytes, sizeof(bytes));
	trace[REQ_FLAGS_AT + 1] = sampled ? '1' : '0';
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
	rq->trace = new_trace(mem, false);
	panic_holds(rq);
}

static bool
is_hex(const char *at, size_t chars)
{
	for (size_t i = 0; i < chars; i++)
		if (at[i] == '\0' || strchr(hex, at[i]) == NULL)
			return false;
	return true;
}

/* Lower-case hex digits, not all of them zero. */
static bool
is_hex_id(const char *at, size_t chars)
{
	return is_hex(at, chars) && strspn(at, "0") < chars;
}

/* A version after 00 may say more behind these fields; ff is none. */
static bool
is_trace(struct text t)
{
	if (t.len < REQ_TRACE_CHARS || !is_hex(t.at, 2) || memcmp(t.at, "ff", 2) == 0)
		return false;
	if (t.len > REQ_TRACE_CHARS && (memcmp(t.at, "00", 2) == 0 || t.at[REQ_TRACE_CHARS] != '-'))
		return false;
	return t.at[REQ_TRACE_ID_AT - 1] == '-' && t.at[REQ_SPAN_AT - 1] == '-' && t.at[REQ_FLAGS_AT - 1] == '-' &&
	    is_hex_id(t.at + REQ_TRACE_ID_AT, REQ_TRACE_ID_CHARS) && is_hex_id(t.at + REQ_SPAN_AT, REQ_SPAN_CHARS) &&
	    is_hex(t.at + REQ_FLAGS_AT, 2);
}

/* Of the flags only the lowest bit has a meaning to us; of its hex digit, that it is odd. */
static bool
says_sampled(struct text trace)
{
	return ((strchr(hex, trace.at[REQ_FLAGS_AT + 1]) - hex) & 1) != 0;
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
		rq->trace = next_span(rq->mem, traceparent, says_sampled(traceparent));
		rq->cause = arena_copy(rq->mem, (struct text){ traceparent.at + REQ_SPAN_AT, REQ_SPAN_CHARS });
	} else {
		rq->trace = new_trace(rq->mem, true);
		rq->cause = (struct text){ NULL, 0 };
	}
	if (is_request_id(request_id))
		rq->request_id = arena_copy(rq->mem, request_id);
}

void
req_sample(int64_t of_a_million)
{
	sampled_of_a_million = of_a_million;
}

bool
req_is_sampled(const struct req *rq)
{
	return rq->trace.len == REQ_TRACE_CHARS && says_sampled(rq->trace);
}

struct text
req_next_span(const struct req *rq)
{
	return next_span(rq->mem, rq->trace, req_is_sampled(rq));
}

void
req_end(struct req *rq)
{
	SURE(rq->mem != NULL);
	panic_holds(NULL);
}
