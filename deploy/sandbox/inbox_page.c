/* Shows the inbox as a page that needs no script and asks nothing of any other host. */
#include "deploy/sandbox/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 200

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;"
    "color:#1c2330;background:#fff}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.45rem .7rem;border-bottom:1px solid #dde1e8}"
    "th{font-size:.8rem;color:#5a6474}"
    "td.content{white-space:pre-wrap;overflow-wrap:anywhere;min-width:18rem}"
    "td.fail{color:#b3261e}p{color:#5a6474}"
    "@media(prefers-color-scheme:dark){body{color:#e6e9ef;background:#14181f}"
    "th,td{border-color:#2b323d}td.fail{color:#ff9a91}p,th{color:#9aa5b5}}";

static const char page_head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"refresh\" content=\"3\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>Sandbox inbox</title>\n<link rel=\"stylesheet\" href=\"/sandbox/inbox.css\">\n"
    "</head>\n<body>\n<h1>Sandbox inbox</h1>\n"
    "<p>What the services sent: nothing left this machine. Newest first, refreshed every three "
    "seconds. <a href=\"/sandbox/inbox\">all</a> · <a href=\"/sandbox/inbox?kind=sms\">SMS</a> · "
    "<a href=\"/sandbox/inbox?kind=alimtalk\">AlimTalk</a> · "
    "<a href=\"/sandbox/inbox?kind=mail\">mail</a> · "
    "<a href=\"/sandbox/inbox?kind=payment\">payments</a></p>\n<table>\n"
    "<tr><th>#<th>time<th>kind<th>to<th>from<th>content<th>status</tr>\n";

/* Rows come oldest first; the page wants them the other way round. */
struct rows {
	char *html[ROWS_MAX];
	size_t n;
};

static void
put_escaped(FILE *out, const char *text)
{
	for (; text != NULL && *text != '\0'; text++) {
		if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '"')
			fputs("&quot;", out);
		else
			fputc(*text, out);
	}
}

static void
put_cell(FILE *out, const char *class, const char *text)
{
	fprintf(out, "<td class=\"%s\">", class);
	put_escaped(out, text);
}

static void
put_content(FILE *out, const struct inbox_item *item)
{
	fputs("<td class=\"content\">", out);
	if (item->subject != NULL && *item->subject != '\0') {
		fputs("<strong>", out);
		put_escaped(out, item->subject);
		fputs("</strong>\n", out);
	}
	put_escaped(out, item->content);
}

static void
add_row(const struct inbox_item *item, void *arg)
{
	struct rows *rows = arg;
	bool known = due_passed(item->due);
	bool failed = known && item->status != NULL && strcmp(item->status, "fail") == 0;
	char at[CLOCK_TEXT];
	size_t len;
	FILE *out = open_memstream(&rows->html[rows->n], &len);

	if (out == NULL)
		return;
	clock_kst(item->at_us, "%m-%d %H:%M:%S", at);
	fprintf(out, "<tr><td>%llu", (unsigned long long)item->seq);
	put_cell(out, "at", at);
	put_cell(out, "kind", item->kind);
	put_cell(out, "to", item->to);
	put_cell(out, "from", item->from);
	put_content(out, item);
	put_cell(out, failed ? "fail" : "status", known ? item->status : "processing");
	if (known && item->code != NULL) {
		fputc(' ', out);
		put_escaped(out, item->code);
	}
	fputs("</tr>\n", out);
	fclose(out);
	rows->n++;
}

void
inbox_page(struct request *rq, struct reply *rep)
{
	struct rows rows = { .n = 0 };
	struct inbox_filter f = {
		.to = request_query(rq, "to"),
		.kind = request_query(rq, "kind"),
		.limit = ROWS_MAX,
		.newest = true,
	};
	char *html = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&html, &len);

	inbox_each(&f, add_row, &rows);
	if (out != NULL) {
		fputs(page_head, out);
		while (rows.n > 0) {
			fputs(rows.html[--rows.n], out);
			free(rows.html[rows.n]);
		}
		fputs("</table>\n</body>\n</html>\n", out);
		fclose(out);
	}
	free(f.to);
	free(f.kind);
	reply_own(rep, 200, "text/html; charset=utf-8", html, len);
	reply_header(rep, "Content-Security-Policy", "default-src 'none'; style-src 'self'; "
	    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
	reply_header(rep, "Referrer-Policy", "no-referrer");
}

void
inbox_style(struct request *rq, struct reply *rep)
{
	(void)rq;
	reply_text(rep, 200, "text/css; charset=utf-8", style);
}
