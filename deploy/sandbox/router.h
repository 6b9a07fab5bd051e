/* Which step answers which request, and what surrounds every step. */
#ifndef SANDBOX_ROUTER_H
#define SANDBOX_ROUTER_H

#include "deploy/sandbox/http.h"

typedef void step_fn(struct request *rq, struct reply *rep);

/* What the routes of one provider have in common. */
struct provider {
	/* Checks who calls, then runs the step by router_step. */
	void (*enter)(struct request *rq, struct reply *rep, step_fn *step);

	/* An error in the provider's own form. code NULL is an internal error. */
	void (*fail)(struct reply *rep, const char *code);

	/* Whether a name the request does not bear itself (an order behind a payment key)
	 * contains the text; NULL when there is none. */
	bool (*names)(const struct request *rq, const char *text);
};

/* The path's parts in braces are kept as arguments; {key...} takes the rest, slashes and all. */
struct route {
	const char *method;
	const char *path;
	const char *endpoint;
	const struct provider *provider;	/* NULL for the sandbox's own pages */
	step_fn *step;
	size_t body_max;			/* 0 is HTTP_BODY_MAX */
};

extern const struct route routes[];
extern const size_t route_count;

/* civetweb's begin_request. */
int router_answer(struct mg_connection *conn);

/* Runs the step, or what a switch put in its place. */
void router_step(struct request *rq, struct reply *rep, step_fn *step);

bool router_has_endpoint(const char *endpoint);

/* Adds the number of calls per endpoint to the object. */
void router_describe_calls(json_t *object);
void router_reset_calls(void);

#endif
