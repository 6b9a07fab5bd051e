#include <criterion/criterion.h>

#include "common/core/id.h"
#include "common/core/text.h"
#include "common/outbox/outbox.h"

static struct req rq;

static struct envelope
example(void)
{
	return (struct envelope){ .id = { { 1 } },
		.tenant = { { 2 } },
		.key = { { 3 } },
		.type = TEXT("thing.moved"),
		.publisher = TEXT("shop"),
		.trace = TEXT("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
		.payload = TEXT("\x81\xa1n\x01"),
		.version = 2,
		.partition = 15,
		.seq = INT64_MAX,
		.occurred_us = 1767225600123456 };
}

static struct text
written(const struct envelope *e)
{
	struct buf b = buf_in(rq.mem, OUTBOX_MAX_PAYLOAD + 1024);

	envelope_write(&b, e);
	cr_assert_not(b.overflow);
	return buf_as_text(&b);
}

static void
begin(void)
{
	req_begin(&rq, NULL, arena_open(16 * 1024 * 1024), TEXT("test"), 10000);
}

Test(outbox, an_envelope_is_read_as_it_was_written)
{
	struct envelope in = example(), out;

	begin();
	cr_assert_null(envelope_read(&rq, written(&in), &out));
	cr_assert(
	    uuid_eq(in.id, out.id) && uuid_eq(in.tenant, out.tenant) && uuid_eq(in.key, out.key));
	cr_assert(text_eq(in.type, out.type) && text_eq(in.publisher, out.publisher) &&
	    text_eq(in.trace, out.trace));
	cr_assert(text_eq(in.payload, out.payload));
	cr_assert_eq(in.version, out.version);
	cr_assert_eq(in.partition, out.partition);
	cr_assert_eq(in.seq, out.seq);
	cr_assert_eq(in.occurred_us, out.occurred_us);
}

Test(outbox, an_event_of_no_tenant_stays_one)
{
	struct envelope in = example(), out;

	begin();
	in.tenant = (struct uuid){ { 0 } };
	cr_assert_null(envelope_read(&rq, written(&in), &out));
	cr_assert(uuid_is_nil(out.tenant));
}

Test(outbox, the_largest_payload_passes)
{
	struct envelope in = example(), out;

	begin();
	in.payload = (struct text){ arena_zero(rq.mem, OUTBOX_MAX_PAYLOAD, 1), OUTBOX_MAX_PAYLOAD };
	cr_assert_null(envelope_read(&rq, written(&in), &out));
	cr_assert_eq(out.payload.len, OUTBOX_MAX_PAYLOAD);
}

Test(outbox, every_cut_of_an_envelope_is_refused)
{
	struct envelope in = example(), out;

	begin();
	struct text whole = written(&in);
	for (size_t n = 0; n < whole.len; n++) {
		const struct err *e = envelope_read(&rq, (struct text){ whole.at, n }, &out);
		cr_assert_not_null(e, "%zu of %zu bytes were taken", n, whole.len);
		cr_assert_str_eq(e->slug, "event.malformed");
	}
}

Test(outbox, numbers_out_of_their_range_are_refused)
{
	struct envelope in = example(), out;

	begin();
	in.partition = OUTBOX_PARTITIONS;
	cr_assert_not_null(envelope_read(&rq, written(&in), &out));
	in = example();
	in.seq = 0;
	cr_assert_not_null(envelope_read(&rq, written(&in), &out));
	in = example();
	in.partition = -1;
	cr_assert_not_null(envelope_read(&rq, written(&in), &out));
}
