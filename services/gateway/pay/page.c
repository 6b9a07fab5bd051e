/* The payment page: one document with three addresses, its script and its style.
 *
 * Nothing runs but what bears the nonce of this answer, and what the provider's script fetches from its own origins; what
 * stands in the page comes from the settings and is escaped. */
#include "services/gateway/pay/page.h"
#include <string.h>
#include "common/core/embedded.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "services/gateway/gateway.h"

extern const struct embedded gateway_pay_files[];

/* ESCAPED: what one byte may become. */
enum { NONCE_BYTES = 16, ORIGINS_MOST = 512, ESCAPED = 6 };

static const struct { const char *ending, *type; } types[] = {
	{ ".css", "text/css; charset=utf-8" }, { ".js", "text/javascript; charset=utf-8" },
};

static struct text
file_named(struct text name)
{
	for (const struct embedded *e = gateway_pay_files; e->name != NULL; e++)
		if (text_is(name, e->name))
			return (struct text){ e->at, (size_t)(e->end - e->at) };
	return (struct text){ NULL, 0 };
}

static const struct err *
not_found(struct req *rq)
{
	return FAIL(rq, NOT_FOUND, "http.no_such_path", "There is nothing at this path");
}

static void
put_escaped(struct buf *to, struct text t)
{
	static const struct { char c; const char *as; } marks[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&quot;" } };

	for (size_t i = 0; i < t.len; i++) {
		const char *as = NULL;

		for (size_t m = 0; m < COUNT_OF(marks); m++)
			as = marks[m].c == t.at[i] ? marks[m].as : as;
		if (as != NULL)
			buf_str(to, as);
		else
			buf_byte(to, (unsigned char)t.at[i]);
	}
}

/* "a, b" of the settings as "a b" of the page. */
static struct text
spaced(struct req *rq, const char *list)
{
	struct buf to = buf_in(rq->mem, strlen(list) + 1);

	for (struct text rest = text_of(list); rest.len > 0;) {
		struct text one = text_trim(text_cut(&rest, ','));

		buf_str(&to, to.len > 0 ? " " : "");
		buf_text(&to, one);
	}
	return buf_as_text(&to);
}

static struct text
value_of(struct req *rq, struct text name, struct text nonce)
{
	const struct gateway_config *c = gateway_of(rq)->config;

	if (text_is(name, "nonce"))
		return nonce;
	if (text_is(name, "client_key"))
		return text_of(c->toss_client_key);
	return text_is(name, "script") ? text_of(c->toss_script_url) : spaced(rq, c->cors_origins);
}

/* Fills the {{names}} of the document. */
static struct text
fill(struct req *rq, struct text document, struct text nonce)
{
	const struct gateway_config *c = gateway_of(rq)->config;
	struct buf to = buf_in(rq->mem, document.len + 2 * nonce.len + ESCAPED * (strlen(c->toss_client_key) +
	    strlen(c->toss_script_url) + strlen(c->cors_origins)));

	for (size_t i = 0; i < document.len; i++) {
		const char *end = document.at[i] == '{' && i + 1 < document.len && document.at[i + 1] == '{' ?
		    memchr(document.at + i, '}', document.len - i) : NULL;
		struct text name = { document.at + i + 2, end != NULL ? (size_t)(end - document.at) - i - 2 : 0 };

		if (end == NULL) {
			buf_byte(&to, (unsigned char)document.at[i]);
			continue;
		}
		put_escaped(&to, value_of(rq, name, nonce));
		i = (size_t)(end - document.at) + 1;
	}
	SURE(!to.overflow);
	return buf_as_text(&to);
}

static void
put_policy(struct buf *head, const char *origins, struct text nonce)
{
	buf_printf(head, "Content-Security-Policy: default-src 'none'; script-src 'nonce-%.*s' %s; style-src 'nonce-%.*s'; "
	    "connect-src 'self' %s; frame-src %s; img-src 'self' data: %s; form-action %s; base-uri 'none'; "
	    "frame-ancestors 'none'\r\n", TEXT_ARG(nonce), origins, TEXT_ARG(nonce), origins, origins, origins, origins);
}

static const struct err *
page(struct req *rq, const struct http_request *in, struct buf *head, struct http_reply *out)
{
	struct text rest = { in->path.at + strlen("/pay/"), in->path.len - strlen("/pay/") }, id = text_cut(&rest, '/'), nonce;
	unsigned char bytes[NONCE_BYTES];
	struct uuid payment;

	if (!uuid_parse(id, &payment))
		return not_found(rq);
	random_bytes(bytes, sizeof(bytes));
	nonce = text_base64url(rq->mem, (struct text){ (const char *)bytes, sizeof(bytes) });
	buf_str(head, "Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
	    "X-Frame-Options: DENY\r\nPermissions-Policy: camera=(), microphone=(), geolocation=()\r\n");
	put_policy(head, gateway_of(rq)->config->toss_origins, nonce);
	*out = (struct http_reply){ .status = 200, .head = buf_as_text(head),
		.body = fill(rq, file_named(TEXT("pay.html")), nonce) };
	return NULL;
}

static const struct err *
file(struct req *rq, const struct http_request *in, struct buf *head, struct http_reply *out)
{
	struct text name = { in->path.at + strlen("/pay-files/"), in->path.len - strlen("/pay-files/") };
	struct text body = file_named(name);

	for (size_t i = 0; i < COUNT_OF(types) && body.at != NULL; i++) {
		if (!text_ends(name, text_of(types[i].ending)))
			continue;
		buf_printf(head, "Content-Type: %s\r\nCache-Control: public, max-age=300\r\n", types[i].type);
		*out = (struct http_reply){ .status = 200, .head = buf_as_text(head), .body = body };
		return NULL;
	}
	return not_found(rq);
}

const struct err *
pay_answer(struct req *rq, const struct gateway_route *route, const struct http_request *in, struct buf *head,
    struct http_reply *out)
{
	const char *key = gateway_of(rq)->config->toss_client_key;

	if (key == NULL || key[0] == '\0')
		return not_found(rq);
	return strcmp(route->name, "pay_file_read") == 0 ? file(rq, in, head, out) : page(rq, in, head, out);
}

/* They stand in a header, between semicolons. */
static bool
is_policy_source(const char *origins)
{
	for (const char *c = origins; *c != '\0'; c++)
		if (*c < ' ' || *c > '~' || *c == ';' || *c == ',' || *c == '\'' || *c == '"')
			return false;
	return strlen(origins) <= ORIGINS_MOST;
}

int
pay_check(const void *config_values, bool prod, FILE *problems)
{
	const struct gateway_config *c = config_values;
	int n = 0;

	if (!is_policy_source(c->toss_origins)) {
		(void)fputs("DURE_TOSS_ORIGINS is no list of origins with blanks between them\n", problems);
		n++;
	}
	if (prod && c->toss_client_key != NULL && strncmp(c->toss_client_key, "test_", 5) == 0) {
		(void)fputs("prod: DURE_TOSS_CLIENT_KEY is a test key\n", problems);
		n++;
	}
	return n;
}
