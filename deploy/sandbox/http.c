/* Reads requests from civetweb and writes answers to it. */
#include "deploy/sandbox/http.h"
#include "deploy/sandbox/digest.h"

#include <civetweb.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* jansson recurses per level, and civetweb's threads have 100 KiB of stack. */
#define JSON_DEPTH_MAX 32

const char *
request_header(const struct request *rq, const char *name)
{
	for (int i = 0; i < rq->info->num_headers; i++)
		if (strcasecmp(rq->info->http_headers[i].name, name) == 0)
			return rq->info->http_headers[i].value;
	return NULL;
}

char *
request_query(const struct request *rq, const char *name)
{
	size_t name_len = strlen(name);

	for (const char *at = rq->query; at != NULL && *at != '\0';) {
		size_t len = strcspn(at, "&");

		if (len > name_len && at[name_len] == '=' && memcmp(at, name, name_len) == 0) {
			char *value = malloc(len - name_len);

			if (value != NULL)
				digest_percent_decode(at + name_len + 1, len - name_len - 1, true,
				    value);
			return value;
		}
		at += len + (at[len] == '&');
	}
	return NULL;
}

int64_t
request_query_number(const struct request *rq, const char *name, int64_t fallback)
{
	char *text = request_query(rq, name), *end;
	int64_t value = fallback;

	if (text != NULL && *text != '\0') {
		value = strtoll(text, &end, 10);
		if (*end != '\0')
			value = fallback;
	}
	free(text);
	return value;
}

static bool
json_is_shallow(const char *text, size_t len)
{
	int depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '[' || c == '{') && ++depth > JSON_DEPTH_MAX)
			return false;
		else if (!quoted && (c == ']' || c == '}'))
			depth--;
	}
	return true;
}

json_t *
request_json(const struct request *rq)
{
	if (rq->body_len == 0 || !json_is_shallow(rq->body, rq->body_len))
		return NULL;
	return json_loadb(rq->body, rq->body_len, JSON_REJECT_DUPLICATES, NULL);
}

const char *
json_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

bool
json_whole(const json_t *object, const char *name, int64_t *value)
{
	const json_t *v = json_object_get(object, name);
	double real;

	if (json_is_integer(v)) {
		*value = json_integer_value(v);
		return true;
	}
	real = json_real_value(v);
	if (!json_is_real(v) || real > 1e15 || real < -1e15)
		return false;
	*value = (int64_t)real;
	return (double)*value == real;
}

void
reply_own(struct reply *rep, int status, const char *type, char *body, size_t len)
{
	free(rep->body);
	rep->status = status;
	rep->type = type;
	rep->body = body;
	rep->len = len;
}

void
reply_json(struct reply *rep, int status, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);

	json_decref(value);
	reply_own(rep, status, "application/json;charset=UTF-8", text,
	    text != NULL ? strlen(text) : 0);
}

void
reply_text(struct reply *rep, int status, const char *type, const char *text)
{
	char *body = strdup(text);

	reply_own(rep, status, type, body, body != NULL ? strlen(body) : 0);
}

void
reply_empty(struct reply *rep, int status)
{
	reply_own(rep, status, NULL, NULL, 0);
}

void
reply_header(struct reply *rep, const char *name, const char *value)
{
	size_t used = strlen(rep->headers), room = sizeof(rep->headers) - used;
	int n;

	for (const char *c = value; *c != '\0'; c++)
		if ((unsigned char)*c < ' ')
			return;
	n = snprintf(rep->headers + used, room, "%s: %s\r\n", name, value);
	if (n < 0 || (size_t)n >= room)
		rep->headers[used] = '\0';
}

void
reply_free(struct reply *rep)
{
	free(rep->body);
	rep->body = NULL;
}

bool
http_read_body(struct mg_connection *conn, struct request *rq, size_t max)
{
	size_t room = 4096;

	if (rq->info->content_length > (long long)max)
		return false;
	if (rq->info->content_length > 0)
		room = (size_t)rq->info->content_length;
	rq->body = malloc(room + 1);
	for (;;) {
		int n;

		if (rq->body == NULL)
			return false;
		n = mg_read(conn, rq->body + rq->body_len, room - rq->body_len);
		if (n <= 0)
			break;
		rq->body_len += (size_t)n;
		if (rq->body_len > max)
			return false;
		if (rq->body_len == room && rq->info->content_length < 0) {
			char *grown = realloc(rq->body, 2 * room + 1);

			if (grown == NULL)
				return false;
			rq->body = grown;
			room *= 2;
		}
	}
	rq->body[rq->body_len] = '\0';
	return rq->info->content_length < 0
	    || rq->body_len == (size_t)rq->info->content_length;
}

/* Reads on for a while, so that the refusal arrives before the connection is reset. */
static void
drain(struct mg_connection *conn)
{
	char scrap[4096];

	for (size_t left = 2 * HTTP_BODY_MAX; left > sizeof(scrap); left -= sizeof(scrap))
		if (mg_read(conn, scrap, sizeof(scrap)) <= 0)
			break;
}

static int
head(const struct reply *rep, bool last, char *to, size_t room)
{
	bool typed = rep->type != NULL;

	return snprintf(to, room,
	    "HTTP/1.1 %d %s\r\n%s%s%sCache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\n%s%sContent-Length: %zu\r\n\r\n",
	    rep->status, mg_get_response_code_text(NULL, rep->status),
	    typed ? "Content-Type: " : "", typed ? rep->type : "", typed ? "\r\n" : "",
	    rep->headers, last ? "Connection: close\r\n" : "", rep->len);
}

void
http_send(struct mg_connection *conn, const struct reply *rep, bool last)
{
	size_t room = sizeof(rep->headers) + 512, len;
	char *out = malloc(room + rep->len);
	int n;

	if (out == NULL) {
		mg_close_connection(conn);
		return;
	}
	n = head(rep, last, out, room);
	len = n > 0 && (size_t)n < room ? (size_t)n : 0;
	if (rep->len > 0 && !rep->head_only) {
		memcpy(out + len, rep->body, rep->len);
		len += rep->len;
	}
	mg_write(conn, out, len);
	free(out);
	if (last) {
		drain(conn);
		mg_close_connection(conn);
	}
}
