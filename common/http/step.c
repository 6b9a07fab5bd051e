/* The bracket around every request: find the route, know the caller, read, run, commit, answer. */
#include <string.h>

#include "common/core/app.h"
#include "common/core/clock.h"
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/http/door.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/token/identity.h"

const char http_lax_headers[] = "more header lines than this server takes";

static const char *const method_words[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };

METRIC(requests, COUNTER, "dure_http_requests_total", "route,status", "Requests by route and class of the answer's status");
METRIC(answers, COUNTER, "dure_http_answers_total", "status", "Answers by status");
METRIC(duration, HISTOGRAM, "dure_http_request_duration_seconds", "route", "Time from the whole request to its answer");
METRIC(in_flight, GAUGE, "dure_http_requests_in_flight", NULL, "Requests in hand, without probes");

/* What the bracket does with one request, in the order it does it. */
struct passage {
	struct http_server *s;
	struct req         *rq;
	struct http_answer *answer;
	void               *in, *out;
};

void
http_routes_open(struct http_server *s, const struct http_server_config *config)
{
	const char *paths[256];
	int methods[256];

	SURE(config->n_routes <= COUNT_OF(paths));
	s->config = *config;
	for (size_t i = 0; i < config->n_routes; i++) {
		paths[i] = config->routes[i].path;
		methods[i] = (int)config->routes[i].method;
	}
	s->router = router_open(paths, methods, config->n_routes);
}

void
http_routes_close(struct http_server *s)
{
	router_close(&s->router);
}

static struct text
allow_list(struct arena *mem, unsigned allowed)
{
	struct buf to = buf_in(mem, 64);

	for (unsigned m = 0; m < COUNT_OF(method_words); m++)
		if ((allowed & 1u << m) != 0)
			buf_printf(&to, "%s%s", to.len > 0 ? ", " : "", method_words[m]);
	return buf_as_text(&to);
}

static const struct err *
find_route(struct passage *p)
{
	const struct http_request *in = p->answer->in;
	struct router_match *m = &p->answer->match;

	router_find(p->s->router, p->rq->mem, in->known_method ? (int)in->method : -1, in->path, m);
	if (m->row == -1)
		return FAIL(p->rq, NOT_FOUND, "http.no_such_path", "There is nothing at this path");
	if (m->row < 0) {
		p->answer->allow = allow_list(p->rq->mem, m->allowed);
		return FAIL(p->rq, BAD_METHOD, "http.method", "This path takes %.*s", TEXT_ARG(p->answer->allow));
	}
	p->answer->route = &p->s->config.routes[m->row];
	p->rq->door = JOIN(p->rq->mem, text_of(method_words[p->answer->route->method]), TEXT(" "),
	    text_of(p->answer->route->path));
	return NULL;
}

/* The identity is signed over path and query as they stood on the wire. */
static const struct err *
identify(struct passage *p)
{
	const struct http_request *in = p->answer->in;
	struct text path_query = in->path;
	size_t n;
	struct text header = http_header_of(in, IDENTITY_HEADER, &n);

	if (p->s->config.identify == NULL)
		return NULL;
	if (n > 1)
		return FAIL(p->rq, UNKNOWN_WHO, "identity.invalid", "The identity stands there twice");
	if (in->query.at != NULL)
		path_query = JOIN(p->rq->mem, in->path, TEXT("?"), in->query);
	return p->s->config.identify(p->rq, in->method_name, path_query, header);
}

static const struct err *
let_in(struct passage *p)
{
	const struct http_route *route = p->answer->route;
	unsigned is = p->rq->who;

	if ((route->who & WHO_ANYONE) == 0 && (route->who & is) == 0) {
		if (is == WHO_ANYONE)
			return FAIL(p->rq, UNKNOWN_WHO, "http.sign_in", "Sign in first");
		return FAIL(p->rq, FORBIDDEN, "http.forbidden", "This call is not for callers of your kind");
	}
	if ((p->rq->permissions & route->permissions) != route->permissions)
		return FAIL(p->rq, FORBIDDEN, "http.permission", "Your permissions do not include this");
	return NULL;
}

/* Runs the step once in a clean state. What it queued and, in a write bracket with a key, its answer go into
 * the commit. */
static const struct err *
run_once(struct passage *p)
{
	struct req *rq = p->rq;
	const struct http_route *route = p->answer->route;
	bool keeps = route->tx == TX_WRITE && p->answer->idem.on;

	if (route->out != NULL)
		p->out = arena_zero(rq->mem, route->out->size, route->out->align);
	http_answer_reset(rq);
	if (keeps)
		idem_claim_on_begin(rq);
	const struct err *e = route->door(rq, p->in, p->out);
	if (e == NULL)
		e = http_answer_finish(rq, p->out);
	if (e == NULL && keeps)
		e = idem_keep(rq);
	FAULT_POINT("http.before_commit");
	const struct err *ended = db_close(rq, e == NULL);
	FAULT_POINT("http.after_commit");
	return e != NULL ? e : ended;
}

static const struct err *
run_again(struct passage *p)
{
	const struct err *e = run_once(p);

	for (int runs = 1; runs < DB_RUNS && p->answer->route->tx != TX_NONE && db_should_rerun(e); runs++) {
		db_rerun_pause(runs);
		e = run_once(p);
	}
	return e;
}

/* A step that calls a provider: lease, step, settlement. */
static const struct err *
run_leased(struct passage *p)
{
	TRY(idem_lease(p->rq));
	FAULT_POINT("http.leased");
	const struct err *e = run_once(p);
	FAULT_POINT("http.before_settle");
	if (e != NULL)
		idem_release(p->rq);
	else if (!p->answer->idem.stored)
		e = idem_settle(p->rq);
	return e;
}

static const struct err *
run(struct passage *p)
{
	bool leases = p->answer->idem.on && p->answer->route->tx == TX_NONE;
	const struct err *e;

	p->rq->tx = p->answer->route->tx;
	e = leases ? run_leased(p) : run_again(p);
	return p->answer->idem.on && idem_is_replay(e) ? idem_replay(p->rq) : e;
}

static const struct err *
refuse_framing(struct passage *p)
{
	const struct http_request *in = p->answer->in;

	if (in->lax == http_lax_headers)
		return FAIL(p->rq, BAD_HEADERS, "http.headers", "There are %s", in->lax);
	if (in->lax != NULL)
		return FAIL(p->rq, INVALID, "http.framing", "The request is not well formed: %s", in->lax);
	if (in->too_large)
		return FAIL(p->rq, TOO_LARGE, "http.body_too_large", "The body is over %zu bytes", in->body_max);
	return NULL;
}

static const struct err *
pass(struct passage *p)
{
	TRY(find_route(p));
	TRY(identify(p));
	TRY(let_in(p));
	if (p->answer->in->too_large)
		TRY(refuse_framing(p));
	TRY(http_input_read(p->rq, &p->in));
	if (p->answer->route->idem == IDEM_KEY)
		TRY(idem_open(p->rq));
	return run(p);
}

static const char *
name_of(const struct passage *p)
{
	const char *taken = p->answer->taken_name != NULL ? p->answer->taken_name : "none";

	return p->answer->route != NULL ? p->answer->route->name : taken;
}

static void
count(const struct passage *p, int status, int64_t took_us)
{
	const char *name = name_of(p);
	char word[4] = { (char)('0' + status / 100 % 10), (char)('0' + status / 10 % 10), (char)('0' + status % 10) };

	metric_add(&answers, word, 1);
	word[1] = word[2] = 'x';
	metric_add2(&requests, name, word, 1);
	if (p->s->config.take == NULL)      /* who takes them all times them by a shorter list than that of all routes */
		metric_observe_us(&duration, name, took_us);
}

static void
tell(const struct passage *p, const struct err *e, int status, int64_t took_us)
{
	struct req *rq = p->rq;

	http_span(rq, p->answer->in, status, e, took_us);
	if (e != NULL && status >= 500)
		log_err(rq, e->code == E_INTERNAL ? LV_ERROR : LV_WARN, "http.failed", e);
	LOG(rq, INFO, "http.request", kv_t("method", p->answer->in->method_name), kv_s("route", name_of(p)), kv_i("status", status),
	    kv_i("ms", took_us / 1000), kv_i("statements", rq->statements), kv_s("slug", e != NULL ? e->slug : ""));
	if (p->s->config.seen != NULL)
		p->s->config.seen(rq, p->answer->in, status, took_us);
}

bool
http_is_told(const struct http_server *s, const struct req *rq, const struct err *e, int status)
{
	return s->config.tells == NULL || e == NULL || status / 100 != 4 || s->config.tells(rq);
}

void
http_route_name(struct req *rq, const char *name)
{
	rq->answer->taken_name = name;
}

void
http_reason(struct req *rq, const struct err *e)
{
	rq->answer->taken_reason = e;
}

/* The gateway's way: the door has checked the framing, the rest is its own. */
static const struct err *
taken(struct passage *p, struct http_reply *out)
{
	TRY(refuse_framing(p));
	p->s->config.take(p->rq, p->answer->in, out);
	return NULL;
}

/* civetweb passes over what is unread of a body; but who asks first and is refused sends none. */
static bool
will_not_come(const struct http_request *in)
{
	size_t n;

	return in->unread && http_header_of(in, "Expect", &n).at != NULL;
}

static void
answer(struct passage *p, struct http_reply *out)
{
	int64_t began_us = clock_mono_us(), took_us;
	const struct err *e = p->answer->in->lax != NULL ? refuse_framing(p) : NULL;

	metric_add(&in_flight, NULL, 1);
	if (e == NULL)
		e = p->s->config.take != NULL ? taken(p, out) : pass(p);
	if (e != NULL)
		http_reply_problem(p->rq, e, out);
	else if (p->s->config.take == NULL)
		http_reply_answer(p->rq, out);
	out->close = out->close || p->answer->in->lax != NULL || p->answer->in->too_large || will_not_come(p->answer->in);
	took_us = clock_mono_us() - began_us;
	if (e == NULL)
		e = p->answer->taken_reason;
	count(p, out->status, took_us);
	if (http_is_told(p->s, p->rq, e, out->status))
		tell(p, e, out->status, took_us);
	metric_add(&in_flight, NULL, -1);
}

void
http_handle(struct http_server *s, struct arena *mem, const struct http_request *in, struct http_reply *out)
{
	struct req rq;
	struct http_answer a = { .in = in };
	struct passage p = { .s = s, .rq = &rq, .answer = &a };

	*out = (struct http_reply){ .status = 500 };
	req_begin(&rq, s->config.app, mem, in->method_name, s->config.request_timeout_ms);
	http_follow(&rq, in);
	rq.client_ip = in->client_ip;
	rq.answer = &a;
	http_answer_reset(&rq);
	if (in->lax != NULL || in->too_large || !http_probe_take(s, &rq, in, out))
		answer(&p, out);
	SURE(rq.db == NULL);      /* every bracket is closed */
	req_end(&rq);
}
