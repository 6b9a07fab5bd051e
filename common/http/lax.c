/* Finds in a request what civetweb's parser took although HTTP/1.1 does not (RFC 9112): whatever two
 * parsers may read differently is how one request is smuggled inside another.
 *
 * civetweb parses in place: it puts NULs over what separates the pieces and leaves all else where it was. So the
 * bytes between the pieces still tell what stood there: a line end of CRLF leaves two NULs, a bare LF one. What
 * cannot be told any more is one white-space character from another around the request line. */
#include <string.h>

#include "common/core/text.h"
#include "common/http/socket.h"

/* Digits of a length that fits an int64_t without a check. */
enum { LENGTH_DIGITS = 18 };

static bool
is_token(const char *s)
{
	static const char extra[] = "!#$%&'*+-.^_`|~";

	for (const char *c = s; *c != '\0'; c++) {
		bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
		if (!letter && strchr(extra, *c) == NULL)
			return false;
	}
	return *s != '\0';
}

static const char *
after(const char *s)
{
	return s + strlen(s);
}

/* "GET\0/path\0query\0HTTP/1.1\0\0": one separator each, and http_version stands behind "HTTP/". */
static const char *
lax_line(const struct mg_request_info *ri)
{
	const char *target_end = after(ri->query_string != NULL ? ri->query_string : ri->request_uri);

	if (after(ri->request_method) + 1 != ri->request_uri || target_end + 1 != ri->http_version - strlen("HTTP/"))
		return "more than one space in the request line";
	if (strcmp(ri->http_version, "1.1") != 0 && strcmp(ri->http_version, "1.0") != 0)
		return "not HTTP/1.1";
	if (strchr(ri->request_uri, '#') != NULL || (ri->query_string != NULL && strchr(ri->query_string, '#') != NULL))
		return "a fragment in the target";
	if (ri->num_headers > 0 && after(ri->http_version) + 2 != ri->http_headers[0].name)
		return "the request line does not end in CRLF";
	return NULL;
}

static bool
is_tight(const struct mg_header *h)
{
	for (const char *c = after(h->name) + 1; c < h->value; c++)
		if (*c != ' ' && *c != '\t')
			return false;
	return is_token(h->name);
}

/* Behind the last value stand the NULs of its CRLF and then "\r" with the NUL that civetweb puts over the
 * last byte of the header block. Anything else: a bare LF, or a line that it took for the end. */
static bool
ends_well(const char *value)
{
	const char *end = after(value);

	return end[1] == '\0' && end[2] == '\r' && end[3] == '\0';
}

static const char *
lax_lines(const struct mg_request_info *ri)
{
	for (int i = 0; i < ri->num_headers; i++) {
		const struct mg_header *h = &ri->http_headers[i];
		bool last = i + 1 == ri->num_headers;
		if (!is_tight(h))
			return "a header name is no token or has white space around it";
		if (last ? !ends_well(h->value) : after(h->value) + 2 != h[1].name)
			return "a header line that is folded or does not end in CRLF";
	}
	return NULL;
}

static int
count(const struct mg_request_info *ri, const char *name, const char **value)
{
	int n = 0;

	*value = NULL;
	for (int i = 0; i < ri->num_headers; i++) {
		if (!text_eq_nocase(text_of(ri->http_headers[i].name), text_of(name)))
			continue;
		*value = ri->http_headers[i].value;
		n++;
	}
	return n;
}

static bool
is_length(const char *value)
{
	size_t n = strspn(value, "0123456789");

	return n >= 1 && n <= LENGTH_DIGITS && value[n] == '\0';
}

static const char *
lax_fields(const struct mg_request_info *ri)
{
	const char *value;
	int hosts = count(ri, "Host", &value);

	if (hosts > 1 || (hosts == 1 && *value == '\0') || (hosts == 0 && strcmp(ri->http_version, "1.1") == 0))
		return "not exactly one Host";
	if (count(ri, "Transfer-Encoding", &value) > 0)
		return "Transfer-Encoding is not taken, send Content-Length";
	int lengths = count(ri, "Content-Length", &value);
	if (lengths > 1)
		return "more than one Content-Length";
	if (lengths == 1 && !is_length(value))
		return "Content-Length is no number";
	return NULL;
}

const char *
http_lax_of(const struct mg_request_info *ri)
{
	const char *lax;

	if (ri->num_headers >= HTTP_MAX_HEADERS)
		return http_lax_headers;
	lax = lax_line(ri);
	if (lax == NULL)
		lax = lax_lines(ri);
	return lax != NULL ? lax : lax_fields(ri);
}
