/* Rate limits: which counter a request falls under, and what the answer says of it. */
#ifndef GATEWAY_GATE_LIMIT_H
#define GATEWAY_GATE_LIMIT_H
#include "common/core/buf.h"
#include "common/session/session.h"

struct limit { const char *name; int count, window_s; };

/* Defaults of limits.def changed by "name=count/seconds, …"; INVALID "config.limits" for an unknown name. Called once. */
const struct err *limits_change(struct req *rq, const char *changes) MUST_USE;
/* Never NULL: a name the contract uses and the table lacks is a bug. */
const struct limit *limit_find(const char *name);
/* Whom calls from an address are counted under: nobody has more than one IPv4 address, or the first 64 bits of an IPv6 one,
 * for nothing. */
struct text        limit_network(struct arena *mem, struct text address);
/* The question for Redis: counted per signed-in user or company, else per limit_network(). */
struct limit_ask   limit_ask(struct req *rq, const struct limit *limit, struct text subject);
struct limit_count { const struct limit *limit; struct limit_answer answer; };
/* RateLimit-Policy and RateLimit header lines (draft-ietf-httpapi-ratelimit-headers-11). */
void               limit_head(struct buf *head, const struct limit_count *counts, size_t n);
/* TOO_MANY "quota-exceeded" of the first that is over. */
const struct err  *limit_over(struct req *rq, const struct limit_count *counts, size_t n);
/* A counter of this process: bounded, never waits for anybody, and strict where it is not exact. Public routes go on with it
 * when Redis is away, bad tokens are never counted elsewhere. */
void               limit_locally(const struct limit *limit, struct text subject, struct limit_answer *out);
/* The same without counting: over when nothing is left. */
void               limit_left_locally(const struct limit *limit, struct text subject, struct limit_answer *out);
/* False: this refusal is one too many of its address to be written down. A flood must not cost more than its answers do:
 * no line, no row of the access log, no disk. */
bool               limit_refusal_told(const struct req *rq);
#endif
