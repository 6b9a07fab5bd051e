/* Requests that two parsers may read differently are refused and their connection ends. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/core/base.h"
#include "tests/integration/http/world.h"

static struct world w;

static void
setup(void)
{
	world_open(&w, NULL, 8);
}

static void
teardown(void)
{
	world_close(&w);
}

TestSuite(framing, .init = setup, .fini = teardown, .timeout = 60);

#define LINE "GET /api/ping HTTP/1.1\r\n"
#define POST "POST /api/raw HTTP/1.1\r\nHost: x\r\n"

static const struct { const char *what, *bytes; int status; } cases[] = {
	{ "well formed", LINE "Host: x\r\n\r\n", 200 },
	{ "white space before the value", LINE "Host:   x  \r\n\r\n", 200 },
	{ "no Host", LINE "\r\n", 400 },
	{ "no Host but others", LINE "A: b\r\n\r\n", 400 },
	{ "two Hosts", LINE "Host: x\r\nHost: x\r\n\r\n", 400 },
	{ "empty Host", LINE "Host:\r\n\r\n", 400 },
	{ "1.0 needs no Host", "GET /api/ping HTTP/1.0\r\nA: b\r\n\r\n", 200 },
	{ "space before the colon", LINE "Host: x\r\nA : b\r\n\r\n", 400 },
	{ "space before Content-Length's colon", POST "Content-Length : 4\r\n\r\nabcd", 400 },
	{ "a name that is no token", LINE "Host: x\r\nA(b): c\r\n\r\n", 400 },
	{ "obs-fold", LINE "Host: x\r\nA: b\r\n c: d\r\n\r\n", 400 },
	{ "obs-fold hides a length", POST "A: b\r\n c\r\nContent-Length: 4\r\n\r\nabcd", 400 },
	{ "folded first line", LINE " Host: x\r\n\r\n", 400 },
	{ "bare LF behind the request line", "GET /api/ping HTTP/1.1\nHost: x\r\n\r\n", 400 },
	{ "bare LF behind a header", LINE "Host: x\nA: b\r\n\r\n", 400 },
	{ "bare LF behind the last header", LINE "Host: x\r\nA: b\n\n", 400 },
	{ "CRLF and bare LF at the end", LINE "Host: x\r\n\n", 400 },
	{ "all bare LF", "GET /api/ping HTTP/1.1\nHost: x\n\n", 400 },
	{ "bare CR", LINE "Host: x\rA: b\r\n\r\n", 400 },
	{ "two spaces in the request line", "GET  /api/ping HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
	{ "space behind the version", "GET /api/ping HTTP/1.1  \r\nHost: x\r\n\r\n", 400 },
	{ "plus in a length", POST "Content-Length: +4\r\n\r\nabcd", 400 },
	{ "minus in a length", POST "Content-Length: -4\r\n\r\nabcd", 411 },
	{ "hex length", POST "Content-Length: 0x4\r\n\r\nabcd", 400 },
	{ "length with a letter", POST "Content-Length: 4a\r\n\r\nabcd", 400 },
	{ "length list", POST "Content-Length: 4, 4\r\n\r\nabcd", 400 },
	{ "empty length", POST "Content-Length:\r\n\r\nabcd", 411 },
	{ "two equal lengths", POST "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", 400 },
	{ "two lengths", POST "Content-Length: 4\r\nContent-Length: 40\r\n\r\nabcd", 400 },
	{ "length and chunked", POST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
	{ "chunked and length", POST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400 },
	{ "chunked", POST "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n", 400 },
	{ "identity coding", POST "Transfer-Encoding: identity\r\nContent-Length: 4\r\n\r\nabcd", 400 },
	{ "a good length", POST "Content-Length: 4\r\n\r\nabcd", 200 },
	{ "a body that looks like the end of a head", POST "Content-Length: 4\n\n\r\0cd", 400 },
	{ "HTTP/2.0", "GET /api/ping HTTP/2.0\r\nHost: x\r\n\r\n", 505 },
	{ "a tab in a value", LINE "Host: x\r\nA: b\tc\r\n\r\n", 400 },
	{ "a fragment", "GET /api/ping#a HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
	{ "absolute form", "GET http://x/api/ping HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
	{ "absolute form of another kind", "GET ftp://x/api/ping HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
	{ "absolute form with a body", "POST https://x:1/api/raw HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd", 400 },
	{ "asterisk form", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
	{ "authority form", "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
	{ "an unknown method", "BREW /api/ping HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
	{ "garbage", "\x16\x03\x01\x02", 400 },
};

Test(framing, the_table)
{
	struct heard h;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int fd = dial(w.port);
		size_t len = strlen(cases[i].bytes);
		say(fd, cases[i].bytes, strstr(cases[i].what, "looks like") != NULL ? len + 3 : len);
		hear(fd, &h);
		cr_expect_eq(h.status, cases[i].status, "%s: %d %s", cases[i].what, h.status, h.body);
		if (cases[i].status >= 400) {
			cr_expect(h.closes, "%s: %s", cases[i].what, h.head);
			cr_expect_str_eq(header_in(&h, "Content-Type"), "application/problem+json", "%s", cases[i].what);
			cr_expect(closed_by_server(fd), "%s stays open", cases[i].what);
		}
		hang_up(fd);
	}
}

static int
with_headers(int n, struct heard *h)
{
	char all[8192];
	int at = snprintf(all, sizeof all, LINE "Host: x\r\n"), fd = dial(w.port);

	for (int i = 1; i < n; i++)
		at += snprintf(all + at, sizeof all - (size_t)at, "H%d: x\r\n", i);
	at += snprintf(all + at, sizeof all - (size_t)at, "\r\n");
	say(fd, all, (size_t)at);
	hear(fd, h);
	hang_up(fd);
	return h->status;
}

Test(framing, sixty_three_headers_are_taken_and_more_are_431)
{
	struct heard h;

	cr_assert_eq(with_headers(63, &h), 200);
	cr_assert_eq(with_headers(64, &h), 431);
	cr_assert(h.closes);
	cr_assert_eq(with_headers(200, &h), 431);
}

Test(framing, a_smuggled_second_request_is_never_answered)
{
	static const char bytes[] = POST
	    "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/ping HTTP/1.1\r\n"
	    "Host: x\r\n\r\n";
	int fd = dial(w.port);
	struct heard h;

	say(fd, bytes, sizeof bytes - 1);
	hear(fd, &h);
	cr_assert_eq(h.status, 400);
	hear(fd, &h);
	cr_assert_eq(h.status, 0);
	hang_up(fd);
}
