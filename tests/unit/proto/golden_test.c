/* The committed bytes of every event: our writers make them, our readers take them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/core/text.h"
#include "common/json/json.h"
#include "common/pack/pack.h"
#include "gen/proto/golden.gen.h"

enum { ROOM = 262144 };

static struct arena *mem;
static struct req rq;

static void
open_req(void)
{
	mem = arena_open(64 << 20);
	req_begin(&rq, NULL, mem, TEXT("test"), 1000);
}

static void
close_req(void)
{
	req_end(&rq);
	arena_close(&mem);
}
TestSuite(golden, .init = open_req, .fini = close_req);

static void *
empty(const struct golden *g)
{
	return arena_zero(mem, g->event->payload->size, g->event->payload->align);
}

static struct text
bytes_of(const struct golden *g)
{
	struct buf b = buf_in(mem, ROOM);

	for (const char *at = g->hex; *at != '\0'; at += 2) {
		unsigned byte;

		cr_assert_eq(sscanf(at, "%2x", &byte), 1);
		buf_byte(&b, (uint8_t)byte);
	}
	return buf_as_text(&b);
}

static const void *
from_json(const struct golden *g)
{
	struct err_fields fs = { .rq = &rq };
	void *event = empty(g);

	cr_assert_null(json_read(&rq, text_of(g->json), g->event->payload, event, &fs), "%s", g->event->type);
	cr_assert_null(err_fields_done(&fs), "%s", g->event->type);
	return event;
}

static struct text
packed(const struct golden *g, const void *event)
{
	struct buf b = buf_in(mem, ROOM);

	pack_write(&b, g->event->payload, event);
	cr_assert(!b.overflow);
	return buf_as_text(&b);
}

static struct text
as_json(const struct golden *g, const void *event)
{
	struct buf b = buf_in(mem, ROOM);

	json_write(&b, g->event->payload, event);
	cr_assert(!b.overflow);
	return buf_as_text(&b);
}

/* The bytes with the count of their map one higher, in two bytes, and one more member behind. */
static struct text
with_one_more(struct text bytes, struct text member)
{
	struct buf b = buf_in(mem, ROOM);
	const uint8_t *head = (const uint8_t *)bytes.at;
	bool wide = head[0] == 0xde;
	unsigned count = wide ? (unsigned)head[1] << 8 | head[2] : head[0] & 15u;

	cr_assert(wide || (head[0] & 0xf0) == 0x80);
	buf_byte(&b, 0xde);
	buf_byte(&b, (uint8_t)((count + 1) >> 8));
	buf_byte(&b, (uint8_t)(count + 1));
	buf_put(&b, bytes.at + (wide ? 3 : 1), bytes.len - (wide ? 3 : 1));
	buf_text(&b, member);
	return buf_as_text(&b);
}

Test(golden, every_event_of_the_contracts_is_here)
{
	cr_assert_gt(n_goldens, 0);
}

Test(golden, an_example_is_packed_to_the_committed_bytes)
{
	for (size_t i = 0; i < n_goldens; i++) {
		struct text want = bytes_of(&goldens[i]), got = packed(&goldens[i], from_json(&goldens[i]));

		cr_expect(text_eq(got, want), "%s", goldens[i].event->type);
	}
}

Test(golden, the_committed_bytes_are_read_to_the_example)
{
	for (size_t i = 0; i < n_goldens; i++) {
		const struct golden *g = &goldens[i];
		void *event = empty(g);
		struct text got;

		cr_assert_null(pack_read(&rq, bytes_of(g), g->event->payload, event), "%s", g->event->type);
		got = as_json(g, event);
		cr_expect(text_is(got, g->json), "%s: %.*s", g->event->type, TEXT_ARG(got));
	}
}

Test(golden, an_unknown_field_is_skipped)
{
	for (size_t i = 0; i < n_goldens; i++) {
		const struct golden *g = &goldens[i];
		void *event = empty(g);
		struct text more = with_one_more(bytes_of(g), TEXT("\xa7newness\x92\x01\x81\xa1x\xc0"));

		cr_assert_null(pack_read(&rq, more, g->event->payload, event), "%s", g->event->type);
		cr_expect(text_eq(packed(g, event), bytes_of(g)), "%s", g->event->type);
	}
}

/* The value of the first member becomes an empty array, which no first field is. */
Test(golden, a_wrong_type_is_refused)
{
	for (size_t i = 0; i < n_goldens; i++) {
		const struct golden *g = &goldens[i];
		const struct msg_field *f = &g->event->payload->fields[0];
		struct buf b = buf_in(mem, ROOM);
		const struct err *e;

		cr_assert_eq(f->flags & MSG_LIST, 0);
		buf_byte(&b, 0x81);
		buf_byte(&b, (uint8_t)(0xa0 + strlen(f->name)));
		buf_str(&b, f->name);
		buf_byte(&b, 0x90);
		e = pack_read(&rq, buf_as_text(&b), g->event->payload, empty(g));
		cr_assert_not_null(e, "%s", g->event->type);
		cr_expect_str_eq(e->slug, "event.malformed");
		cr_expect_not_null(strstr(e->detail, "type"), "%s", e->detail);
	}
}

Test(golden, a_byte_less_is_refused)
{
	for (size_t i = 0; i < n_goldens; i++) {
		struct text bytes = bytes_of(&goldens[i]);

		bytes.len--;
		cr_expect_not_null(pack_read(&rq, bytes, goldens[i].event->payload, empty(&goldens[i])));
	}
}
