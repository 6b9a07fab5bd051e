/* Reading one answer of a service off a connection. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/core/clock.h"
#include "common/core/text.h"
#include "services/gateway/upstream/upstream.h"
#include "tests/unit/gateway/world.h"

TestSuite(answer, .init = world_open, .fini = world_close, .timeout = 30);

struct speech { int fd; struct text bytes; bool slowly, stays; };

static void *
speak(void *arg)
{
	const struct speech *s = arg;
	size_t step = s->slowly ? 1 : s->bytes.len + 1;

	for (size_t at = 0; at < s->bytes.len; at += step) {
		size_t n = s->bytes.len - at < step ? s->bytes.len - at : step;

		if (send(s->fd, s->bytes.at + at, n, MSG_NOSIGNAL) < 0)
			break;
	}
	if (!s->stays)
		(void)close(s->fd);
	return NULL;
}

static struct upstream_answer got;
static bool reusable;

static enum upstream_read
hear(struct speech s)
{
	pthread_t thread;
	enum upstream_read how;
	int pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	cr_assert_eq(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	s.fd = pair[1];
	got = (struct upstream_answer){ 0 };
	cr_assert_eq(pthread_create(&thread, NULL, speak, &s), 0);
	how = upstream_read_answer(&rq, pair[0], &got, &reusable);
	(void)close(pair[0]);
	cr_assert_eq(pthread_join(thread, NULL), 0);
	if (s.stays)
		(void)close(s.fd);
	return how;
}

static enum upstream_read
hear_text(const char *bytes)
{
	return hear((struct speech){ .bytes = text_of(bytes) });
}

Test(answer, a_whole_answer_has_its_status_head_and_body)
{
	cr_assert_eq(hear_text("HTTP/1.1 201 Created\r\nETag: \"v1\"\r\ncontent-length:  5 \r\n\r\nhello"), READ_WHOLE);
	cr_assert_eq(got.status, 201);
	cr_assert_str_eq(str(got.head), "ETag: \"v1\"\r\ncontent-length:  5 \r\n");
	cr_assert_str_eq(str(got.body), "hello");
	cr_assert(reusable);
}

Test(answer, it_may_come_byte_by_byte)
{
	cr_assert_eq(hear((struct speech){ .slowly = true, .stays = true,
	    .bytes = TEXT("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world") }), READ_WHOLE);
	cr_assert_str_eq(str(got.body), "hello world");
}

Test(answer, a_connection_that_is_to_close_is_not_used_again)
{
	cr_assert_eq(hear_text("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n"), READ_WHOLE);
	cr_assert_not(reusable);
}

Test(answer, nothing_modified_and_no_content_have_no_body_whatever_they_say)
{
	cr_assert_eq(hear_text("HTTP/1.1 204 No Content\r\n\r\n"), READ_WHOLE);
	cr_assert_eq(hear((struct speech){ .stays = true,
	    .bytes = TEXT("HTTP/1.1 304 Not Modified\r\nContent-Length: 512\r\n\r\n") }), READ_WHOLE);
	cr_assert(got.body.len == 0 && reusable);
}

static const struct { const char *bytes; enum upstream_read how; } broken[] = {
	{ "", READ_NOTHING },
	{ "H", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello HTTP/1.1 200 OK\r\n", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\nhello", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nhello", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n", READ_BROKEN },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", READ_BROKEN },
	{ "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n", READ_BROKEN },
	{ "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n", READ_BROKEN },
	{ "HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n", READ_BROKEN },
	{ "HTTP/1.1 2\r\n\r\n", READ_BROKEN },
	{ "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", READ_BROKEN },
	{ "GET / HTTP/1.1\r\n\r\n", READ_BROKEN },
	{ "\r\n\r\n\r\n\r\n", READ_BROKEN },
};

Test(answer, whatever_is_not_one_answer_of_a_told_length_is_broken)
{
	for (size_t i = 0; i < COUNT_OF(broken); i++)
		cr_assert_eq(hear_text(broken[i].bytes), broken[i].how, "%s", broken[i].bytes);
}

Test(answer, a_head_without_end_is_broken_and_bounded)
{
	size_t used = arena_used(rq.mem);
	struct buf b = buf_heap(1 << 20);

	buf_str(&b, "HTTP/1.1 200 OK\r\n");
	while (b.len < 1000000)
		buf_str(&b, "X-Filler: 0123456789012345678901234567890123456789\r\n");
	cr_assert_eq(hear((struct speech){ .bytes = buf_as_text(&b) }), READ_BROKEN);
	cr_assert_lt(arena_used(rq.mem) - used, 65536);
	buf_free(&b);
}

Test(answer, a_large_body_is_read_whole)
{
	enum { LARGE = 3 * 1024 * 1024 };
	struct buf b = buf_heap(LARGE + 100);

	buf_printf(&b, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", LARGE);
	for (size_t i = 0; i < LARGE; i++)
		buf_byte(&b, (uint8_t)i);
	cr_assert_eq(hear((struct speech){ .bytes = buf_as_text(&b) }), READ_WHOLE);
	cr_assert(got.body.len == LARGE && memcmp(got.body.at, b.at + b.len - LARGE, LARGE) == 0);
	buf_free(&b);
}

Test(answer, silence_and_a_body_that_stops_are_late_at_the_deadline)
{
	static const char *const starts[] = { "", "HTTP/1.1 200 OK\r\nContent-Le",
	    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel" };

	for (size_t i = 0; i < COUNT_OF(starts); i++) {
		int64_t began = clock_mono_us();

		rq.deadline_us = began + 50000;
		cr_assert_eq(hear((struct speech){ .bytes = text_of(starts[i]), .stays = true }), READ_LATE, "%s", starts[i]);
		cr_assert(clock_mono_us() - began >= 50000 && clock_mono_us() - began < 1000000);
		cr_assert_not(reusable);
	}
}
