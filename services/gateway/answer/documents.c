/* What the gateway answers by itself. */
#include "services/gateway/answer/documents.h"
#include <string.h>
#include "common/core/embedded.h"
#include "common/core/text.h"

extern const struct embedded gateway_documents[];

/* Everything comes from here and nothing is asked elsewhere; the page has no inline script. The style attributes that
 * swagger-ui sets are inline styles to a browser. */
#define PAGE_POLICY "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " \
	"connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const struct { const char *ending, *type; } types[] = {
	{ ".json", "application/json" }, { ".html", "text/html; charset=utf-8" }, { ".css", "text/css; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" }, { "LICENSE", "text/plain; charset=utf-8" },
};

static const struct { const char *step, *file; } pages[] = {
	{ "openapi_read", "openapi.json" }, { "asyncapi_read", "asyncapi.json" }, { "docs_read", "index.html" },
	{ "docs_events_read", "events.html" },
};

static const char *
type_of(const char *file)
{
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (text_ends(text_of(file), text_of(types[i].ending)))
			return types[i].type;
	return "application/octet-stream";
}

static struct text
file_of(const struct gateway_route *route, const struct http_request *in)
{
	for (size_t i = 0; i < COUNT_OF(pages); i++)
		if (strcmp(route->name, pages[i].step) == 0)
			return text_of(pages[i].file);
	return (struct text){ in->path.at + strlen("/docs/"), in->path.len - strlen("/docs/") };
}

const struct err *
document_answer(struct req *rq, const struct gateway_route *route, const struct http_request *in, struct buf *head,
    struct http_reply *out)
{
	struct text file = file_of(route, in);

	for (const struct embedded *e = gateway_documents; e->name != NULL; e++) {
		if (!text_is(file, e->name))
			continue;
		buf_printf(head, "Content-Type: %s\r\nCache-Control: public, max-age=300\r\n"
		    "Content-Security-Policy: " PAGE_POLICY "\r\nReferrer-Policy: no-referrer\r\n", type_of(e->name));
		*out = (struct http_reply){ .status = 200, .head = buf_as_text(head),
			.body = { e->at, (size_t)(e->end - e->at) } };
		return NULL;
	}
	return FAIL(rq, NOT_FOUND, "http.no_such_path", "There is nothing at this path");
}
