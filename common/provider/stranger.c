/* One request to a stranger. */
#include "common/provider/stranger.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "common/core/clock.h"
#include "common/core/fault.h"
#include "common/db/db.h"
#include "common/metrics/metrics.h"
#include "common/provider/internet.h"
#include "common/provider/pool.h"
#include "common/provider/request.h"
#include "common/trace/trace.h"

/* What a stranger may say at most before we hang up. */
enum { ANSWER_MAX_BYTES = 65536 };

METRIC(stranger_calls, COUNTER, "dure_stranger_calls_total", "outcome", "Requests to addresses chosen outside");

struct strangers {
	struct strangers_config config;
	struct handle_pool   *pool;
};

struct visit { const struct strangers *s; size_t heard; bool refused; };

struct strangers *
strangers_open(const struct strangers_config *config)
{
	struct strangers *s = calloc(1, sizeof(*s));

	SURE(s != NULL);
	s->config = *config;
	s->pool = handle_pool_open(config->max_parallel);
	return s;
}

void
strangers_close(struct strangers **strangers)
{
	struct strangers *s = *strangers;

	*strangers = NULL;
	if (s == NULL)
		return;
	handle_pool_close(&s->pool);
	free(s);
}

static curl_socket_t
make_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct visit *v = arg;

	if (purpose != CURLSOCKTYPE_IPCXN || (!v->s->config.private_too && !internet_has(&address->addr))) {
		v->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Read to its end and forgotten, so that the other side sees a whole exchange. */
static size_t
forget(char *at, size_t size, size_t n, void *arg)
{
	struct visit *v = arg;

	(void)at;
	v->heard += size * n;
	return v->heard > ANSWER_MAX_BYTES ? 0 : size * n;
}

static void
put_limits(CURL *h, struct visit *v, const char *url, long left_ms)
{
	const struct strangers_config *c = &v->s->config;

	curl_easy_setopt(h, CURLOPT_URL, url);
	if (!c->private_too)
		curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_timeout_ms);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, left_ms < c->timeout_ms ? left_ms : (long)c->timeout_ms);
	curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(h, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, make_socket);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, v);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, forget);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, v);
}

static const char *
failure_word(CURLcode code, const struct visit *v)
{
	if (v->refused)
		return "address";
	switch ((int)code) {
	case CURLE_OPERATION_TIMEDOUT:
		return "timeout";
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return "address";
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
		return "unreachable";
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
		return "tls";
	default:
		return "cut";
	}
}

static void
visit(CURL *h, struct visit *v, const char *url, long left_ms, struct stranger_answer *out)
{
	curl_off_t retry_after = 0, took_us = 0;
	long status = 0;

	put_limits(h, v, url, left_ms);
	FAULT_POINT("stranger.before_send");
	CURLcode code = curl_easy_perform(h);
	FAULT_POINT("stranger.after_send");
	curl_easy_getinfo(h, CURLINFO_TOTAL_TIME_T, &took_us);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(h, CURLINFO_RETRY_AFTER, &retry_after);
	out->took_ms = (int32_t)(took_us / 1000);
	/* A status that was read counts, even when what followed was too much for us. */
	if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && status != 0))
		*out = (struct stranger_answer){ .status = (int)status, .retry_after_s = retry_after, .took_ms = out->took_ms };
	else
		out->failure = failure_word(code, v);
}

const struct err *
stranger_call(struct req *rq, struct strangers *s, const char *url, const struct provider_ask *ask, struct stranger_answer *out)
{
	int64_t left_ms = (rq->deadline_us - clock_mono_us()) / 1000;
	struct visit v = { .s = s };
	struct text trace = trace_for_call(rq);
	struct curl_slist *headers = NULL;
	const struct err *e;
	CURL *h = NULL;

	SURE(!db_in_tx(rq));
	*out = (struct stranger_answer){ 0 };
	e = request_headers(rq, "a stranger", ask, trace, &headers);
	if (e == NULL && (left_ms <= 0 || (h = handle_pool_take(s->pool, rq->deadline_us)) == NULL))
		e = FAIL(rq, BUSY, "stranger.busy", "no time left to ask a stranger");
	if (h != NULL) {
		request_put(h, ask, headers);
		visit(h, &v, url, (long)left_ms, out);
		handle_pool_give(s->pool, h);
		trace_call(rq, &(struct trace_call){ .traceparent = trace, .to = "stranger", .method = ask->method, .url = url,
			.failure = out->failure, .status = out->status, .took_us = (int64_t)out->took_ms * 1000 });
		metric_add(&stranger_calls, out->failure != NULL ? out->failure : "answered", 1);
	}
	curl_slist_free_all(headers);
	return e;
}
