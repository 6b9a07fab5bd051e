/* One request and its answer, as the providers' steps see them. civetweb stays behind this door. */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include "deploy/sandbox/switches.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_ARGS 3
#define HTTP_BODY_MAX ((size_t)1 << 20)

struct mg_connection;
struct mg_request_info;
struct route;

struct request {
	const struct mg_request_info *info;
	const struct route *route;
	const char *path;		/* as sent, still percent-encoded */
	const char *query;		/* as sent, without the '?'; NULL when there was none */
	char *arg[HTTP_ARGS];		/* the path's {…} parts, decoded */
	char *body;			/* NUL-terminated */
	size_t body_len;
	struct switch_fault fault;	/* the failure this request was chosen to meet */
};

struct reply {
	int status;
	const char *type;
	char *body;			/* malloc'd, the reply's own */
	size_t len;
	char headers[768];		/* further lines, each ending in CR LF */
	int64_t hold_ms;		/* wait before answering */
	bool drop;			/* then close without an answer */
	bool head_only;
	bool english;			/* the caller wants messages in English */
};

/* A header's value or NULL. */
const char *request_header(const struct request *rq, const char *name);

/* A decoded query parameter in a new buffer, NULL when it is absent. */
char *request_query(const struct request *rq, const char *name);
int64_t request_query_number(const struct request *rq, const char *name, int64_t fallback);

/* The body as JSON, NULL when it is not JSON or nests deeper than the thread's stack bears. */
json_t *request_json(const struct request *rq);

/* Members of a JSON object: text, or NULL; a whole number, however it is written. */
const char *json_text(const json_t *object, const char *name);
bool json_whole(const json_t *object, const char *name, int64_t *value);

/* Each sets the whole answer, in place of what was set before. reply_json takes the value over,
 * reply_own the buffer. */
void reply_json(struct reply *rep, int status, json_t *value);
void reply_own(struct reply *rep, int status, const char *type, char *body, size_t len);
void reply_text(struct reply *rep, int status, const char *type, const char *text);
void reply_empty(struct reply *rep, int status);

/* A header whose value would hold a control character, or not fit, is left out. */
void reply_header(struct reply *rep, const char *name, const char *value);
void reply_free(struct reply *rep);

/* Reads at most max bytes; false when there are more or the connection broke. */
bool http_read_body(struct mg_connection *conn, struct request *rq, size_t max);

/* Writes head and body in one piece: two writes meet the delayed acknowledgement. */
void http_send(struct mg_connection *conn, const struct reply *rep, bool last);

#endif
