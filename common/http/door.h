/* What the files of this room share and nobody else sees. */
#ifndef HTTP_DOOR_H
#define HTTP_DOOR_H
#include "common/http/http.h"
#include "common/http/router.h"
#include "common/token/digest.h"

/* PROBLEM_MAX_BYTES: fifty fields with their pointers and sentences; the bound of err_fields times a line each. */
enum { IDEM_KEY_MAX = 128, PROBLEM_MAX_BYTES = 65536 };

/* The Idempotency-Key of the request in hand. */
struct idem {
	bool        on, stored;
	struct text key;
	struct uuid tenant;
	int64_t     lease_until_us;           /* TX_NONE: the value that says the lease is ours */
	uint8_t     digest[SHA256_BYTES];
};

/* rq->answer: what a step said beside its out struct, and what the door must remember. */
struct http_answer {
	const struct http_request *in;
	const struct http_route   *route;
	struct router_match        match;
	struct buf                 head;          /* header lines made by the step */
	struct text                body, etag, allow;
	const char                *content_type;  /* NULL: no body yet */
	int                        status;        /* 0: ok_status */
	bool                       has_cache_control, replayed;
	struct idem                idem;
	const char                *taken_name;    /* what take() said of itself; NULL: nothing */
	const struct err          *taken_reason;
};

/* The part of a server that http_handle() needs: no socket in it. */
struct http_server {
	struct http_server_config config;
	struct router            *router;
	struct http_socket       *socket;         /* civetweb's half, server.c; NULL in tests without one */
};
/* Both halves of open and close; config.routes must outlive it. */
void http_routes_open(struct http_server *s, const struct http_server_config *config);
void http_routes_close(struct http_server *s);

/* answer.c */
void http_answer_reset(struct req *rq);
/* The answer's status, header lines and body out of what the step left. INTERNAL when the body is too long. */
const struct err *http_answer_finish(struct req *rq, const void *out);
void http_reply_answer(struct req *rq, struct http_reply *out);

/* problem.c: the header lines and the body that belong to an error alone; the status. */
int http_problem_bytes(struct req *rq, const struct err *e, struct buf *head, struct buf *body);

/* header.c: of the request in hand, without regard to case. *n: how often it stands there. */
struct text http_header_of(const struct http_request *in, const char *name, size_t *n);
/* Joins the caller's trace and takes its request id, by the headers. */
void http_follow(struct req *rq, const struct http_request *in);
bool http_is_json(struct text content_type);
/* "a, b" holds the token, without regard to case. */
bool http_list_has(struct text list, const char *token);

/* span.c: the request as a SERVER span; its path stands there when it holds ids alone. */
void http_span(const struct req *rq, const struct http_request *in, int status, const struct err *e, int64_t took_us);

/* etag.c */
bool http_etag_listed(struct text if_none_match, struct text etag);

/* input.c: path, query, header and body fields into one struct, all wrong fields at once. */
const struct err *http_input_read(struct req *rq, void **into) MUST_USE;

/* idempotency.c */
bool idem_key_parse(struct arena *mem, struct text header, struct text *key) MUST_USE;
const struct err *idem_open(struct req *rq) MUST_USE;              /* reads the key, makes the digest */
void idem_claim_on_begin(struct req *rq);                          /* TX_WRITE: rides with the first statement */
const struct err *idem_keep(struct req *rq) MUST_USE;              /* TX_WRITE: queued before COMMIT */
const struct err *idem_lease(struct req *rq) MUST_USE;             /* TX_NONE: before the step */
const struct err *idem_settle(struct req *rq) MUST_USE;            /* TX_NONE: after a success */
void idem_release(struct req *rq);                                 /* TX_NONE: after a refusal */
bool idem_is_replay(const struct err *e);
const struct err *idem_replay(struct req *rq) MUST_USE;            /* fills rq->answer from the stored row */

/* step.c: is this answer worth a line, a span and seen()? (config.tells) */
bool http_is_told(const struct http_server *s, const struct req *rq, const struct err *e, int status);

/* probes.c: true when the request was one of them and *out is filled. */
bool http_probe_take(struct http_server *s, struct req *rq, const struct http_request *in, struct http_reply *out);
#endif
