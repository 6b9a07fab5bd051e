#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/inbox/feed.h"
#include "common/inbox/inbox.h"
#include "common/log/log.h"

/* A publisher without a database: what it "keeps" are the numbers 1 to `head` of partition 5. */
enum { PARTITION = 5 };

static struct {
	struct bus_publisher *pub;
	struct bus_responder *rep;
	int64_t               head, oldest, asked;     /* atomic */
	struct config_common  config;
	struct app            app;
	struct arena         *mem;
	struct req            rq;
} fake;

/* The socket stays bound as long as the process, so that no other test is given the port;
 * SO_REUSEADDR, which nng sets too, lets the listener have it all the same. */
static int
free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	socklen_t len = sizeof(a);

	SURE(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
	SURE(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	SURE(getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	return ntohs(a.sin_port);
}

static struct text
envelope(struct arena *mem, int64_t seq)
{
	struct envelope e = { .id = { { 1 } },
		.key = { { 2 } },
		.type = TEXT("thing.moved"),
		.publisher = TEXT("shop"),
		.trace = TEXT(""),
		.payload = TEXT(""),
		.version = 1,
		.partition = PARTITION,
		.seq = seq };
	struct buf b = buf_in(mem, 4096);

	envelope_write(&b, &e);
	return buf_as_text(&b);
}

static void
answer(void *arg, struct arena *mem, struct text question, struct buf *to)
{
	int64_t heads[OUTBOX_PARTITIONS] = { 0 },
		head = __atomic_load_n(&fake.head, __ATOMIC_ACQUIRE);
	int64_t oldest = __atomic_load_n(&fake.oldest, __ATOMIC_ACQUIRE);
	struct text *events = NEWS(mem, struct text, WIRE_MAX_EVENTS);
	struct wire_answer a = { .events = events, .has_head = true, .head = head };
	struct wire_question q;
	struct req rq;

	(void)arg;
	(void)__atomic_add_fetch(&fake.asked, 1, __ATOMIC_RELEASE);
	heads[PARTITION] = head;
	req_begin(&rq, NULL, mem, TEXT("fake"), 1000);
	cr_assert_null(wire_question_read(&rq, question, &q));
	if (text_is(q.op, "heads"))
		a = (struct wire_answer){ .n_heads = OUTBOX_PARTITIONS, .heads = heads };
	else if (q.seq + 1 < oldest)
		a = (struct wire_answer){ .has_error = true,
			.error = TEXT("cursor_expired"),
			.has_oldest = true,
			.oldest = oldest };
	else
		for (int64_t seq = q.seq + 1; seq <= head && a.n_events < 10; seq++)
			events[a.n_events++] = envelope(mem, seq);
	wire_answer_write(to, &a);
	req_end(&rq);
}

static void
open_fake(void)
{
	int pub = free_port(), ask = free_port();

	fake.mem = arena_open(64 * 1024 * 1024);
	req_begin(&fake.rq, NULL, fake.mem, TEXT("test"), 10000);
	log_open("test", LV_ERROR);
	fake.config.bus_peers = arena_printf(fake.mem, "shop=127.0.0.1:%d:%d", pub, ask);
	fake.app = (struct app){ .service = "desk", .config = &fake.config };
	fake.oldest = 1;
	cr_assert_null(
	    bus_publisher_open(&fake.rq, &fake.pub, arena_printf(fake.mem, "127.0.0.1:%d", pub)));
	cr_assert_null(bus_responder_open(
	    &fake.rq, &fake.rep, arena_printf(fake.mem, "127.0.0.1:%d", ask), 1, answer, NULL));
}

static void
close_fake(void)
{
	bus_publisher_close(&fake.pub);
	bus_responder_close(&fake.rep);
}

static void
publish(int64_t seq)
{
	struct buf b = buf_in(fake.mem, 4096);

	if (seq > __atomic_load_n(&fake.head, __ATOMIC_ACQUIRE))
		__atomic_store_n(&fake.head, seq, __ATOMIC_RELEASE);
	buf_text(&b, TEXT("thing.moved\0"));
	buf_text(&b, envelope(fake.mem, seq));
	bus_publish(fake.pub, buf_as_text(&b));
}

static void
open_feed(struct feed *f, int64_t at)
{
	cr_assert_null(feed_open(&fake.rq, f, &fake.app, "shop"));
	f->want[PARTITION] = true;
	f->at[PARTITION] = at;
	for (int i = 0; i < 200 && bus_subscriber_joins(f->sub) == 0; i++)
		feed_receive(f, 20);
	cr_assert_eq(bus_subscriber_joins(f->sub), 1);
	(void)usleep(50000);       /* nng tells of the connection a moment before PUB uses it */
}

/* Takes until n events are in hand or a second has passed; one burst at a time. */
static size_t
taken(struct feed *f, int64_t first)
{
	for (int i = 0; i < 50; i++) {
		feed_receive(f, 20);
		if (f->n > 0)
			break;
	}
	for (size_t i = 0; i < f->n; i++)
		cr_assert_eq(f->events[i].e.seq, first + (int64_t)i);
	return f->n;
}

Test(inbox, what_follows_is_taken_and_what_came_before_is_not, .timeout = 20)
{
	struct feed f;

	open_fake();
	open_feed(&f, 10);
	publish(9);
	publish(10);
	publish(11);
	cr_assert_eq(taken(&f, 11), 1);
	publish(11);
	publish(12);
	cr_assert_eq(taken(&f, 12), 1);
	cr_assert_not(f.behind[PARTITION]);
	feed_close(&f);
	close_fake();
}

/* first … first + n − 1 in one message, but what stands in for one of them is said instead of it. */
static void
publish_several(int64_t first, size_t n, int64_t not_this, struct text but)
{
	struct text *events = NEWS(fake.mem, struct text, n);
	struct buf b = buf_in(fake.mem, BUS_MAX_MESSAGE);

	for (size_t i = 0; i < n; i++)
		events[i] = first + (int64_t)i == not_this ? but : envelope(fake.mem, first + (int64_t)i);
	__atomic_store_n(&fake.head, first + (int64_t)n - 1, __ATOMIC_RELEASE);
	buf_byte(&b, 0);
	wire_answer_write(&b, &(struct wire_answer){ .n_events = n, .events = events });
	bus_publish(fake.pub, buf_as_text(&b));
}

Test(inbox, several_in_one_message_are_taken_like_each_by_itself, .timeout = 20)
{
	struct feed f;

	open_fake();
	open_feed(&f, 8);
	publish_several(1, 20, 0, TEXT(""));
	cr_assert_eq(taken(&f, 9), 12);
	publish(21);
	cr_assert_eq(taken(&f, 21), 1);
	publish_several(22, WIRE_MAX_EVENTS, 0, TEXT(""));
	publish_several(22 + WIRE_MAX_EVENTS, WIRE_MAX_EVENTS, 0, TEXT(""));
	for (int64_t at = 22; at < 22 + 2 * WIRE_MAX_EVENTS;)
		at += (int64_t)taken(&f, at);
	cr_assert_not(f.behind[PARTITION]);
	feed_close(&f);
	close_fake();
}

Test(inbox, one_of_several_that_cannot_be_read_is_asked_for_with_all_behind_it, .timeout = 20)
{
	struct feed f;
	int64_t oldest;

	open_fake();
	open_feed(&f, 0);
	publish_several(1, 9, 5, TEXT("\x81\xa2id\x01"));
	cr_assert_eq(taken(&f, 1), 4);
	cr_assert(f.behind[PARTITION]);
	cr_assert_eq(feed_refill(&f, PARTITION, &oldest), FEED_FOUND);
	cr_assert_eq(f.events[0].e.seq, 5);
	cr_assert_eq(f.n, 5);
	feed_close(&f);
	close_fake();
}

/* So a release hears one that says events in a way made up after it, while both run during an update. */
Test(inbox, a_message_of_a_form_not_known_yet_is_made_up_for_by_asking, .timeout = 20)
{
	struct text forms[] = { TEXT("\0\x81\xa6""bundle\xc4\x03""abc"), TEXT("\0\x93\x01\x02\x03"), TEXT("\0\0\0later") };
	struct feed f;
	int64_t oldest;

	open_fake();
	open_feed(&f, 0);
	for (size_t i = 0; i < COUNT_OF(forms); i++)
		bus_publish(fake.pub, forms[i]);
	publish(4);
	for (int i = 0; i < 50 && !f.behind[PARTITION]; i++)
		feed_receive(&f, 20);
	cr_assert_eq(f.n, 0);
	cr_assert(f.behind[PARTITION]);
	cr_assert_eq(feed_refill(&f, PARTITION, &oldest), FEED_FOUND);
	cr_assert_eq(f.events[0].e.seq, 1);
	cr_assert_eq(f.n, 4);
	feed_close(&f);
	close_fake();
}

Test(inbox, a_gap_is_noticed_and_refilled_by_asking, .timeout = 20)
{
	struct feed f;
	int64_t oldest;

	open_fake();
	open_feed(&f, 0);
	publish(1);
	cr_assert_eq(taken(&f, 1), 1);
	publish(30);
	for (int i = 0; i < 50 && !f.behind[PARTITION]; i++)
		feed_receive(&f, 20);
	cr_assert(f.behind[PARTITION]);
	for (int64_t from = 2; from <= 30; from += 10) {
		cr_assert_eq(feed_refill(&f, PARTITION, &oldest), FEED_FOUND);
		cr_assert_eq(f.events[0].e.seq, from);
	}
	cr_assert_eq(f.at[PARTITION], 30);
	cr_assert_not(f.behind[PARTITION]);
	feed_close(&f);
	close_fake();
}

Test(inbox, silence_does_not_hide_a_lost_last_message, .timeout = 20)
{
	struct feed f;

	open_fake();
	open_feed(&f, 0);
	__atomic_store_n(&fake.head, 3, __ATOMIC_RELEASE);
	cr_assert(feed_heads(&f, true));
	cr_assert(f.behind[PARTITION]);
	cr_assert_eq(f.heads[PARTITION], 3);
	feed_close(&f);
	close_fake();
}

Test(inbox, what_waits_to_be_taken_is_not_asked_for, .timeout = 20)
{
	struct feed f;

	open_fake();
	open_feed(&f, 0);
	cr_assert(feed_heads(&f, true));
	publish(1);
	cr_assert_eq(taken(&f, 1), 1);
	fake.head = 5;
	f.more = true;          /* as when a burst has filled the hand */
	f.next_ask_us = 0;
	cr_assert(feed_heads(&f, false));
	cr_assert_eq(f.heads[PARTITION], 5);
	cr_assert_not(f.behind[PARTITION]);
	f.next_ask_us = f.next_doubt_us = 0;
	cr_assert(feed_heads(&f, false));
	cr_assert(f.behind[PARTITION], "but not for ever");
	feed_close(&f);
	close_fake();
}

Test(inbox, a_publisher_that_knows_less_than_was_heard_is_noticed, .timeout = 20)
{
	struct feed f;

	open_fake();
	open_feed(&f, 50);
	fake.head = 50;
	cr_assert(feed_heads(&f, true));
	cr_assert_not(f.went_back);
	fake.head = 49;
	cr_assert(feed_heads(&f, true));
	cr_assert(f.went_back);
	feed_close(&f);
	close_fake();
}

Test(inbox, a_cursor_behind_what_is_kept_is_told_the_oldest, .timeout = 20)
{
	struct feed f;
	int64_t oldest = 0;

	open_fake();
	open_feed(&f, 2);
	fake.head = 20;
	fake.oldest = 8;
	cr_assert_eq(feed_refill(&f, PARTITION, &oldest), FEED_EXPIRED);
	cr_assert_eq(oldest, 8);
	feed_close(&f);
	close_fake();
}

Test(inbox, bytes_that_are_no_envelope_are_left_out, .timeout = 20)
{
	struct feed f;

	open_fake();
	open_feed(&f, 0);
	bus_publish(fake.pub, TEXT("thing.moved\0\xdd\xff\xff\xff\xff"));
	bus_publish(fake.pub, TEXT(""));
	publish(1);
	cr_assert_eq(taken(&f, 1), 1);
	feed_close(&f);
	close_fake();
}

static void
hear(void *arg, struct req *rq, const struct envelope *e)
{
	int64_t *last = arg;

	(void)rq;
	cr_assert_eq(e->seq, __atomic_load_n(last, __ATOMIC_ACQUIRE) + 1);
	__atomic_store_n(last, e->seq, __ATOMIC_RELEASE);
}

Test(inbox, a_tap_hears_from_now_on_without_holes, .timeout = 20)
{
	int64_t last = 100;
	struct tap *t;

	open_fake();
	fake.head = 100;
	cr_assert_null(tap_open(&fake.rq, &t, &fake.app, "shop", hear, &last));
	for (int i = 0; i < 300 && __atomic_load_n(&fake.asked, __ATOMIC_ACQUIRE) == 0; i++)
		(void)usleep(20000);       /* until "now" has been said */
	for (int64_t seq = 101; seq <= 200; seq++)
		if (seq % 7 != 0)
			publish(seq);
	for (int i = 0; i < 300 && __atomic_load_n(&last, __ATOMIC_ACQUIRE) < 200; i++)
		(void)usleep(20000);
	cr_assert_eq(__atomic_load_n(&last, __ATOMIC_ACQUIRE), 200);
	tap_close(&t);
	close_fake();
}
