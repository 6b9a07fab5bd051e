/* One call to a provider: a handle, a deadline, at most one repetition, and a verdict. */
#include "common/provider/provider.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/buf.h"
#include "common/core/clock.h"
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/provider/breaker.h"
#include "common/provider/pool.h"
#include "common/provider/request.h"
#include "common/trace/trace.h"

/* What became of one attempt. */
enum outcome { ANSWERED, NOT_SENT, UNKNOWN, REFUSED_BREAKER, REFUSED_BUSY, N_OUTCOMES };
static const char *const outcome_words[N_OUTCOMES] = { "answered", "not_sent", "unknown", "breaker_open", "busy" };

METRIC(calls, COUNTER, "dure_provider_calls_total", "provider,outcome", "Calls to providers by what became of them");
METRIC(duration, HISTOGRAM, "dure_provider_call_duration_seconds", "provider", "Time of the calls that were sent");
METRIC(in_flight, GAUGE, "dure_provider_calls_in_flight", "provider", "Calls in hand, those that wait for a handle included");
METRIC(most, GAUGE, "dure_provider_calls_max", "provider", "Calls that may be made at the same time");
METRIC(breaker_open, GAUGE, "dure_provider_breaker_open", "provider", "1 while calls are refused, but for one now and then");

struct provider {
	struct provider_config config;
	char                  *name, *base_url, *user_password;
	struct handle_pool    *pool;
	pthread_mutex_t        lock;          /* guards breaker; held for a few instructions, takes no other */
	struct breaker         breaker;
};

struct attempt {
	struct req                *rq;
	struct provider           *p;
	const struct provider_ask *ask;
	struct text                trace;         /* the traceparent that is sent */
	struct curl_slist         *headers;
	struct buf                 body;
	CURLcode                   code;
};

static char *
keep(const char *s)
{
	char *copy = s != NULL ? strdup(s) : NULL;
	SURE(s == NULL || copy != NULL);
	return copy;
}

const struct err *
provider_open(struct req *rq, struct provider **out, const struct provider_config *config)
{
	struct text url = text_of(config->base_url);

	if (!text_starts(url, TEXT("http://")) && !text_starts(url, TEXT("https://")))
		return FAIL(rq, INTERNAL, "provider.base_url",
		    "%s: the base URL must begin with http:// or https://", config->name);
	struct provider *p = calloc(1, sizeof *p);
	SURE(p != NULL);
	p->config = *config;
	p->config.name = p->name = keep(config->name);
	p->config.base_url = p->base_url = keep(config->base_url);
	p->config.user_password = p->user_password = keep(config->user_password);
	p->breaker = (struct breaker){ config->breaker_failures, 0, (int64_t)config->breaker_open_ms * 1000, 0 };
	p->pool = handle_pool_open(config->max_parallel);
	pthread_mutex_init(&p->lock, NULL);
	for (int o = 0; o < N_OUTCOMES; o++)
		metric_add2(&calls, p->name, outcome_words[o], 0);
	metric_set(&most, p->name, config->max_parallel);
	metric_set(&breaker_open, p->name, 0);
	*out = p;
	return NULL;
}

void
provider_close(struct provider **provider)
{
	struct provider *p = *provider;

	*provider = NULL;
	if (p == NULL)
		return;
	handle_pool_close(&p->pool);
	pthread_mutex_destroy(&p->lock);
	if (p->user_password != NULL)
		explicit_bzero(p->user_password, strlen(p->user_password));
	free(p->user_password);
	free(p->base_url);
	free(p->name);
	free(p);
}

static size_t
on_body(char *at, size_t size, size_t n, void *arg)
{
	struct buf *to = arg;

	buf_put(to, at, size * n);
	return to->overflow ? 0 : size * n;
}

/* Curl by itself sends a request again when a kept connection turns out dead before the first answered
 * byte, although the provider may have read it. Only what may be repeated takes a kept connection. */
static void
put_options(CURL *h, struct attempt *a, long timeout_ms)
{
	const struct provider_config *c = &a->p->config;
	long connect_ms = c->connect_timeout_ms < timeout_ms ? c->connect_timeout_ms : timeout_ms;

	request_put(h, a->ask, a->headers);
	curl_easy_setopt(h, CURLOPT_URL, arena_printf(a->rq->mem, "%s%.*s", c->base_url, TEXT_ARG(a->ask->path)));
	curl_easy_setopt(h, CURLOPT_MAXCONNECTS, 2L);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, connect_ms > 0 ? connect_ms : 1L);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, timeout_ms);
	curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, a->ask->repeatable ? 0L : 1L);
	if (c->user_password != NULL)
		curl_easy_setopt(h, CURLOPT_USERPWD, c->user_password);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, &a->body);
}

/* Before the transfer began nothing was sent; after it anything may have happened. */
static enum outcome
verdict(CURL *h, CURLcode code)
{
	curl_off_t began_us = 0;

	if (code == CURLE_OK)
		return ANSWERED;
	curl_easy_getinfo(h, CURLINFO_PRETRANSFER_TIME_T, &began_us);
	return began_us == 0 ? NOT_SENT : UNKNOWN;
}

static void
take_answer(CURL *h, struct attempt *a, struct provider_answer *out)
{
	long status = 0;
	char *type = NULL;
	curl_off_t length = -1, retry_after_s = 0;

	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(h, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(h, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	curl_easy_getinfo(h, CURLINFO_RETRY_AFTER, &retry_after_s);
	out->status = (int)status;
	out->length = length;
	out->retry_after_s = retry_after_s;
	out->body = buf_as_text(&a->body);
	out->content_type = type != NULL ? arena_text(a->rq->mem, type) : (struct text){ NULL, 0 };
}

static enum outcome
try_once(CURL *h, struct attempt *a, struct provider_answer *out)
{
	int64_t left_ms = (a->rq->deadline_us - clock_mono_us()) / 1000;

	if (left_ms <= 0)
		return REFUSED_BUSY;
	a->body = buf_in(a->rq->mem, a->p->config.answer_max_bytes);
	put_options(h, a, left_ms < a->p->config.timeout_ms ? (long)left_ms : (long)a->p->config.timeout_ms);
	FAULT_POINT("provider.before_send");
	a->code = curl_easy_perform(h);
	FAULT_POINT("provider.after_send");
	enum outcome o = verdict(h, a->code);
	if (o == ANSWERED)
		take_answer(h, a, out);
	return o;
}

/* A time limit that ran out is not tried again: the second try would have none. */
static enum outcome
try_twice(struct attempt *a, struct provider_answer *out)
{
	CURL *h = handle_pool_take(a->p->pool, a->rq->deadline_us);

	if (h == NULL)
		return REFUSED_BUSY;
	enum outcome o = try_once(h, a, out);
	if ((o == NOT_SENT || o == UNKNOWN) && a->ask->repeatable && a->code != CURLE_OPERATION_TIMEDOUT) {
		enum outcome again = try_once(h, a, out);
		o = again == ANSWERED || o == NOT_SENT ? again : UNKNOWN;
	}
	handle_pool_give(a->p->pool, h);
	return o;
}

static enum outcome
call_guarded(struct attempt *a, struct provider_answer *out)
{
	struct provider *p = a->p;

	pthread_mutex_lock(&p->lock);
	bool lets = breaker_lets(&p->breaker, clock_mono_us());
	pthread_mutex_unlock(&p->lock);
	if (!lets)
		return REFUSED_BREAKER;
	enum outcome o = try_twice(a, out);
	if (o == REFUSED_BUSY)
		return o;
	pthread_mutex_lock(&p->lock);
	breaker_tell(&p->breaker, clock_mono_us(), o == ANSWERED);
	metric_set(&breaker_open, p->name, breaker_is_open(&p->breaker));
	pthread_mutex_unlock(&p->lock);
	return o;
}

static const struct err *
outcome_err(struct attempt *a, enum outcome o)
{
	struct req *rq = a->rq;
	const char *name = a->p->name;
	const char *why = curl_easy_strerror(a->code);

	switch (o) {
	case ANSWERED:
		return NULL;
	case NOT_SENT:
		return FAIL(rq, UPSTREAM, arena_printf(rq->mem, "%s.unreachable", name), "%s cannot be reached: %s", name, why);
	case UNKNOWN:
		return FAIL(rq, TIMEOUT, arena_printf(rq->mem, "%s.timeout", name), "%s did not answer: %s", name, why);
	case REFUSED_BREAKER:
		return FAIL(rq, BUSY, arena_printf(rq->mem, "%s.breaker_open", name), "%s has not answered for a while", name);
	case REFUSED_BUSY:
		return FAIL(rq, BUSY, arena_printf(rq->mem, "%s.busy", name), "no time left to ask %s", name);
	case N_OUTCOMES:
		break;
	}
	UNREACHED("an outcome has no error");
}

static void
tell(struct attempt *a, enum outcome o, int status, int64_t took_us)
{
	struct text rest = a->ask->path, shown = a->ask->shown.at != NULL ? a->ask->shown : text_cut(&rest, '?');

	metric_add2(&calls, a->p->name, outcome_words[o], 1);
	if (o == ANSWERED || o == NOT_SENT || o == UNKNOWN)
		metric_observe_us(&duration, a->p->name, took_us);
	trace_call(a->rq, &(struct trace_call){ .traceparent = a->trace, .path = shown, .to = a->p->name, .url = a->p->base_url,
		.method = a->ask->method, .failure = outcome_words[o], .status = status, .took_us = took_us });
	if (a->p->config.quiet)
		return;
	LOG(a->rq, INFO, "provider.call", kv_s("provider", a->p->name), kv_s("method", a->ask->method), kv_t("path", shown),
	    kv_s("outcome", outcome_words[o]), kv_i("status", status), kv_i("ms", took_us / 1000));
}

const struct err *
provider_call(struct req *rq, struct provider *p, const struct provider_ask *ask, struct provider_answer *out)
{
	struct attempt a = { .rq = rq, .p = p, .ask = ask, .trace = trace_for_call(rq) };
	int64_t began_us = clock_mono_us();

	SURE(!db_in_tx(rq));
	*out = (struct provider_answer){ 0 };
	const struct err *e = request_headers(rq, p->name, ask, a.trace, &a.headers);
	if (e == NULL) {
		metric_add(&in_flight, p->name, 1);
		enum outcome o = call_guarded(&a, out);
		metric_add(&in_flight, p->name, -1);
		tell(&a, o, out->status, clock_mono_us() - began_us);
		e = outcome_err(&a, o);
	}
	curl_slist_free_all(a.headers);
	return e;
}
