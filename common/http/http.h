/* The HTTP door: civetweb, the router, the bracket around each step, idempotency, problem+json. The
 * only room that knows civetweb. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H
#include "common/core/buf.h"
#include "common/core/msg.h"
#include "common/core/req.h"

enum { HTTP_MAX_HEADERS = 64 };           /* so many seen means too many: civetweb drops the rest */

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE };
enum http_idem   { IDEM_NONE, IDEM_KEY };

typedef const struct err *http_door(struct req *rq, const void *in, void *out);

/* One row of the contract; tables are generated from proto/<service>/openapi.yaml. */
struct http_route {
	enum http_method       method;
	const char            *path;         /* "/api/orders/{orderId}" */
	http_door             *door;
	unsigned               who;          /* enum who bits that may call */
	uint64_t               permissions;  /* all of these bits must be in rq->permissions; 0: none needed */
	enum tx                tx;
	enum http_idem         idem;
	int                    ok_status;
	/* in NULL: the body is not read as JSON and may be of any type; http_request_body() has it. out NULL: an
	 * empty answer unless the step calls http_body(). */
	const struct msg_type *in, *out;
	const char            *name;         /* "order_create" */
};

/* From within a step: what the answer carries beside the body. Texts are copied. */
void        http_status(struct req *rq, int status);                 /* instead of ok_status */
void        http_header(struct req *rq, const char *name, struct text value);
void        http_etag(struct req *rq, int64_t version);              /* ETag: "v<version>"; GET with If-None-Match → 304 */
/* ETag: "v<version>.<detail>", for what also changes without a new version (the stock in a product): a reader with
 * If-None-Match compares both, a writer with If-Match only the version. */
void        http_etag_detail(struct req *rq, int64_t version, int64_t detail);
/* The version in If-Match. NEEDS_MATCH when absent, STALE "http.stale" is for the step to say. */
const struct err *http_if_match(struct req *rq, int64_t *version) MUST_USE;
/* A body that is not JSON of `out` (pages, documents, CSV). Borrowed until the answer is sent. */
void        http_body(struct req *rq, const char *content_type, struct text body);
/* TX_NONE steps with IDEM_KEY: stores the answer with the key in the transaction at hand (call it in the
 * last db_tx part). Without it the door stores the answer by itself afterwards. */
const struct err *http_store_answer(struct req *rq, const void *out) MUST_USE;
/* The same for a refusal that is the outcome of the call and not of its input (a declined card): the problem document
 * of e, which the step must then return, is what the key repeats. */
const struct err *http_store_problem(struct req *rq, const struct err *e) MUST_USE;
/* The raw value of a request header; .at NULL when absent. */
struct text http_request_header(const struct req *rq, const char *name);
struct text http_request_body(const struct req *rq);
/* The key of an IDEM_KEY route, unquoted: what a TX_NONE step finds its own intent by when it is run again. */
struct text http_idempotency_key(const struct req *rq);

/* problem+json of an error: the one place where an error becomes bytes. Returns the status. Causes, files
 * and lines go to the log only. */
int         http_problem_write(struct buf *to, const struct req *rq, const struct err *e);
/* Seconds of Retry-After, 0 for none: always some for 429 and 503, and for the 409 of a running key. */
int         http_retry_after(const struct err *e);

struct http_request;
struct http_reply;

/* For take(): the header lines every answer carries (request id, traceparent, nosniff), and the whole reply of an
 * error. */
void        http_common_head(struct buf *head, const struct req *rq);
void        http_reply_problem(struct req *rq, const struct err *e, struct http_reply *out);
/* For take(): the route and the error that the log line and the metrics of this request are to name. */
void        http_route_name(struct req *rq, const char *name);
void        http_reason(struct req *rq, const struct err *e);

/* Deletes answers that were kept for 15 days; svc puts it into the jobs of every service with a database. */
struct job_type;
extern const struct job_type http_idempotency_reaper;

/* A websocket ended here (the gateway's tunnel to Socket.IO). accept() sees the upgrade request and says
 * no by an error; message() gets whole frames on the connection's own thread; http_ws_send() may be called
 * from any thread until closed() has been called. */
struct http_ws;
struct http_websocket {
	const char        *path;
	size_t             max_open;
	const struct err *(*accept)(struct req *rq, const struct http_request *in, void **state);
	void              (*opened)(void *state, struct http_ws *ws);
	bool              (*message)(void *state, struct http_ws *ws, bool binary, struct text payload);
	void              (*closed)(void *state);
};
bool        http_ws_send(struct http_ws *ws, bool binary, struct text payload);
void        http_ws_close(struct http_ws *ws);

/* The server. Needs threads ≥ the callers' pooled connections. Bodies over body_max_bytes are 413. */
struct http_server;
struct http_server_config {
	const char              *listen;           /* "127.0.0.1:8101"; port 0 picks a free one */
	const char              *manage_listen;    /* /metrics, /livez and /readyz only; NULL: none. Shares the threads */
	int                      threads;
	int                      keep_alive_ms;    /* how long an idle connection is kept; 0: 30 s */
	int                      request_timeout_ms;
	size_t                   body_max_bytes;
	int                      per_address;      /* connections that an address may have; more are refused on accept; 0: any */
	const char              *exempt;           /* list of those that may have any (core/address.h); NULL: none */
	const struct http_route *routes;
	size_t                   n_routes;
	/* Fills rq->who and the rest from the request, or refuses. NULL: everybody is ANYONE. */
	const struct err      *(*identify)(struct req *rq, struct text method, struct text path_query, struct text header);
	/* Asked by /readyz: NULL when the service can work. */
	const struct err      *(*ready)(struct req *rq);
	struct app              *app;
	/* How long the body of this request may be, asked when there is one to come; NULL: body_max_bytes, which it must not
	 * exceed. 0: take() will refuse anyhow, and the body is passed over without being kept (unread). */
	size_t                 (*body_max)(const struct http_request *in, struct arena *mem);
	/* The gateway only: takes every request instead of the routes (but /livez, /readyz). Everything of the
	 * answer is made by it. */
	void                   (*take)(struct req *rq, const struct http_request *in, struct http_reply *out);
	/* Told of each request that is no probe, upgrades (101) and refusals that tells() takes too, when its answer is made;
	 * on the request's thread, so it must not block. NULL: nobody is told. */
	void                   (*seen)(struct req *rq, const struct http_request *in, int status, int64_t took_us);
	/* Is this refusal (4xx) of the server's own or of take() worth a line in the log, a span and seen()? The metrics count
	 * it anyway. NULL: each is. */
	bool                   (*tells)(const struct req *rq);
	const struct http_websocket *websocket;   /* NULL: upgrades are 404 */
};
const struct err *http_server_open(struct req *rq, struct http_server **out, const struct http_server_config *config) MUST_USE;
int         http_server_port(const struct http_server *s);
int         http_server_manage_port(const struct http_server *s);      /* 0: there is none */
/* Every answer closes its connection from now on, so that callers go elsewhere; everybody is served as before. */
void        http_server_leave(struct http_server *s);
/* As http_server_leave; then waits up to grace_ms until nothing has been in hand for a
 * moment (what still arrives meanwhile is served, so that a caller's kept connection ends with an answer),
 * and stops. Takes the pointer. */
void        http_server_close(struct http_server **s, int grace_ms);

/* Runs one request without a socket: used by the server itself, by the kit and by fuzz targets. */
struct http_request {
	enum http_method   method;
	bool               known_method;
	struct text        path, query, body;      /* raw, still percent-encoded; query.at NULL: no '?' */
	const struct http_request_header *headers;
	size_t             n_headers;
	struct text        method_name, client_ip;
	/* What is wrong with the framing although civetweb took it; NULL: nothing. Refused before routes and take():
	 * 400, or 431 for http_lax_headers. */
	const char        *lax;
	bool               too_large; /* the body is over body_max and was not read: 413 */
	size_t             body_len, body_max;      /* what the head says, and what is taken */
	bool               unread;    /* there is a body, but nobody wants it */
	bool               manage;    /* came in on manage_listen */
};
extern const char http_lax_headers[];
struct http_request_header { struct text name, value; };
/* head: header lines, each with its CRLF. The server adds the status line, Date, Content-Length and Connection,
 * and leaves the body out for HEAD. */
struct http_reply { int status; struct text head; struct text body; bool close; };
void        http_handle(struct http_server *s, struct arena *mem, const struct http_request *in, struct http_reply *out);
#endif
