/* Requests that two parsers may read differently: the gateway refuses every one, and no service hears of it. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "tests/scenario/customer/customer.h"

/* A sign-up that auth would take, and its length. */
#define PHONE "01066660001"
#define BODY "{\"phone\":\"" PHONE "\",\"email\":\"frame@dure.example\",\"password\":\"correct-horse-9!\",\"name\":\"x\"}"
#define LINE "POST /api/create/token HTTP/1.1\r\n"
#define TYPE "Content-Type: application/json\r\n"
#define HOST "Host: x\r\n"
#define CHUNKS "0\r\n\r\n"

enum { MUCH = 20000 };

/* %N stands for the length of BODY, %P for the port, %H for 62 headers, %L for much. */
static const struct { const char *what, *request; } cases[] = {
	{ "two lengths", LINE HOST TYPE "Content-Length: %N\r\nContent-Length: %N\r\n\r\n" BODY },
	{ "two lengths that differ", LINE HOST TYPE "Content-Length: 0\r\nContent-Length: %N\r\n\r\n" BODY },
	{ "two lengths in one line", LINE HOST TYPE "Content-Length: %N, %N\r\n\r\n" BODY },
	{ "length and chunks", LINE HOST TYPE "Content-Length: %N\r\nTransfer-Encoding: chunked\r\n\r\n" BODY },
	{ "chunks and length", LINE HOST TYPE "Transfer-Encoding: chunked\r\nContent-Length: %N\r\n\r\n" CHUNKS },
	{ "chunks", LINE HOST TYPE "Transfer-Encoding: chunked\r\n\r\n" CHUNKS },
	{ "chunks with extensions", LINE HOST TYPE "Transfer-Encoding: chunked\r\n\r\n5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n" },
	{ "chunks behind a tab", LINE HOST TYPE "Transfer-Encoding:\tchunked\r\nContent-Length: %N\r\n\r\n" BODY },
	{ "two codings in two lines", LINE HOST TYPE "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n" CHUNKS },
	{ "another coding", LINE HOST TYPE "Transfer-Encoding: xchunked\r\nContent-Length: %N\r\n\r\n" BODY },
	{ "space before the colon", LINE HOST TYPE "Content-Length : %N\r\n\r\n" BODY },
	{ "a sign", LINE HOST TYPE "Content-Length: +%N\r\n\r\n" BODY },
	{ "a negative length", LINE HOST TYPE "Content-Length: -1\r\n\r\n" BODY },
	{ "a hexadecimal length", LINE HOST TYPE "Content-Length: 0x10\r\n\r\n" BODY },
	{ "a length of too many digits", LINE HOST TYPE "Content-Length: 18446744073709551617\r\n\r\n" BODY },
	{ "bare LF behind the request line", "POST /api/create/token HTTP/1.1\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "bare LF behind a header", LINE "Host: x\n" TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "a bare CR in a header", LINE "Host: x\rX: y\r\n" TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "no Host", LINE TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "two Hosts", LINE HOST HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "a folded header", LINE HOST TYPE "X: a\r\n b\r\nContent-Length: %N\r\n\r\n" BODY },
	{ "a header without a name", LINE HOST TYPE ": a\r\nContent-Length: %N\r\n\r\n" BODY },
	{ "a header name with a space", LINE HOST TYPE "X y: a\r\nContent-Length: %N\r\n\r\n" BODY },
	{ "65 headers", LINE HOST TYPE "%HContent-Length: %N\r\n\r\n" BODY },
	{ "a header of 20,000 bytes", LINE HOST TYPE "X: %L\r\nContent-Length: %N\r\n\r\n" BODY },
	{ "a target of 20,000 bytes", "POST /api/create/token?x=%L HTTP/1.1\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "absolute form", "POST http://x/api/create/token HTTP/1.1\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "absolute form of the address", "POST http://127.0.0.1:%P/api/create/token HTTP/1.1\r\n" HOST TYPE
	    "Content-Length: %N\r\n\r\n" BODY },
	{ "absolute form of what civetweb calls itself", "POST http://mydomain.com:%P/api/create/token HTTP/1.1\r\n" HOST TYPE
	    "Content-Length: %N\r\n\r\n" BODY },
	{ "two dots", "POST /api/x/../create/token HTTP/1.1\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "escaped dots", "POST /api/x/%2e%2e/create/token HTTP/1.1\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "one dot", "POST /api/./create/token HTTP/1.1\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "an escaped NUL", "POST /api/create/token%00 HTTP/1.1\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "two slashes in front", "POST //api/create/token HTTP/1.1\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "two slashes", "POST /api//create/token HTTP/1.1\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "an escaped slash", "POST /api%2fcreate/token HTTP/1.1\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "a back slash", "POST /api\\create/token HTTP/1.1\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "a slash behind", "POST /api/create/token/ HTTP/1.1\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "a fragment", "POST /api/create/token#x HTTP/1.1\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "two spaces", "POST  /api/create/token HTTP/1.1\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "HTTP/2.0", "POST /api/create/token HTTP/2.0\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
	{ "a method in lower case", "post /api/create/token HTTP/1.1\r\n" HOST TYPE "Content-Length: %N\r\n\r\n" BODY },
};

static const char *
many_headers(void)
{
	const char *lines = "";

	for (int i = 0; i < 62; i++)
		lines = kit_print("%sX-%d: y\r\n", lines, i);
	return lines;
}

static const char *
replaced(const char *text, const char *word, const char *by)
{
	const char *at;

	while ((at = strstr(text, word)) != NULL)
		text = kit_print("%.*s%s%s", (int)(at - text), text, by, at + strlen(word));
	return text;
}

static const char *
filled(struct suite *s, const char *request)
{
	request = replaced(request, "%N", kit_print("%zu", strlen(BODY)));
	request = replaced(request, "%P", kit_print("%d", suite_port(s, "gateway", "http")));
	request = replaced(request, "%L", kit_print("%0*d", MUCH, 0));
	return replaced(request, "%H", many_headers());
}

/* 4xx, or 505 for a version. */
static bool
is_refusal(const char *answer)
{
	long status = strncmp(answer, "HTTP/1.1 ", 9) == 0 ? strtol(answer + 9, NULL, 10) : 0;

	return ((status >= 400 && status < 500) || status == 505) &&
	    strstr(answer, "Content-Type: application/problem+json") != NULL && strstr(answer, "\"code\"") != NULL &&
	    strstr(answer, "\"requestId\"") != NULL;
}

static void
check_refused(struct suite *s, const char *what, const char *request)
{
	struct kit_raw *r = kit_raw_open(suite_port(s, "gateway", "http"));
	const char *answer;

	kit_raw_text(r, filled(s, request));
	answer = kit_raw_read(r, "\"requestId\"", 5000);
	cr_expect(is_refusal(answer), "%s: %s", what, answer);
	kit_raw_close(&r);
}

static size_t
heard(struct suite *s)
{
	return strtoul(suite_sql(s, "auth", "SELECT count(*) FROM signup"), NULL, 10);
}

Test(framing, what_is_not_clear_is_refused_and_reaches_no_service, .timeout = 60)
{
	struct suite *s = play_suite(0);
	size_t before;

	/* The same without a fault is taken: the table tests what it seems to test. */
	want(201, kit_http(s, "POST", "/api/create/token", BODY));
	before = heard(s);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_refused(s, cases[i].what, cases[i].request);
	kit_throughout(200, heard(s) == before);
	suite_close(&s);
}

/* A request hidden in the body of one whose length is not clear. */
Test(framing, the_connection_of_an_unclear_request_ends, .timeout = 60)
{
	static const char hidden[] = LINE HOST TYPE "Content-Length: %N\r\n\r\n" BODY;
	static const char *const heads[] = {
		"GET /api/me HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: %N\r\n\r\n",
		"GET /api/me HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n" CHUNKS,
		"GET /api/me HTTP/1.1\r\n" HOST "Content-Length : 5\r\n\r\n",
		"GET /api/me HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n",
		"GET /api/me HTTP/1.1\r\n\r\n",
	};
	struct suite *s = play_suite(0);

	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		struct kit_raw *r = kit_raw_open(suite_port(s, "gateway", "http"));

		kit_raw_text(r, filled(s, heads[i]));
		kit_raw_text(r, filled(s, hidden));
		cr_expect(kit_raw_closed(r, 5000), "%s", heads[i]);
		kit_raw_close(&r);
	}
	kit_throughout(200, heard(s) == 0);
	suite_close(&s);
}
