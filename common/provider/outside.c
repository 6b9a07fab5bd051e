/* One request to a stranger. */
#include "common/provider/outside.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "common/core/clock.h"
#include "common/core/fault.h"
#include "common/db/db.h"
#include "common/metrics/metrics.h"
#include "common/provider/address.h"
#include "common/provider/pool.h"
#include "common/provider/request.h"

/* What a stranger may say at most before we hang up. */
enum { ANSWER_MAX_BYTES = 65536 };

METRIC(outside_calls, COUNTER, "dure_outside_calls_total", "outcome", "Requests to addresses chosen outside");

struct outside {
	struct outside_config config;
	struct handle_pool   *pool;
};

struct visit { const struct outside *o; size_t heard; bool refused; };

struct outside *
outside_open(const struct outside_config *config)
{
	struct outside *o = calloc(1, sizeof(*o));

	SURE(o != NULL);
	o->config = *config;
	o->pool = handle_pool_open(config->max_parallel);
	return o;
}

void
outside_close(struct outside **outside)
{
	struct outside *o = *outside;

	*outside = NULL;
	if (o == NULL)
		return;
	handle_pool_close(&o->pool);
	free(o);
}

static curl_socket_t
make_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct visit *v = arg;

	if (purpose != CURLSOCKTYPE_IPCXN || (!v->o->config.private_too && !address_is_public(&address->addr))) {
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
	const struct outside_config *c = &v->o->config;

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
visit(CURL *h, struct visit *v, const char *url, long left_ms, struct outside_answer *out)
{
	curl_off_t retry_after = 0, took_us = 0;
	long status = 0;

	put_limits(h, v, url, left_ms);
	FAULT_POINT("outside.before_send");
	CURLcode code = curl_easy_perform(h);
	FAULT_POINT("outside.after_send");
	curl_easy_getinfo(h, CURLINFO_TOTAL_TIME_T, &took_us);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(h, CURLINFO_RETRY_AFTER, &retry_after);
	out->took_ms = (int32_t)(took_us / 1000);
	/* A status that was read counts, even when what followed was too much for us. */
	if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && status != 0))
		*out = (struct outside_answer){ .status = (int)status, .retry_after_s = retry_after, .took_ms = out->took_ms };
	else
		out->failure = failure_word(code, v);
}

const struct err *
outside_call(struct req *rq, struct outside *o, const char *url, const struct provider_ask *ask, struct outside_answer *out)
{
	int64_t left_ms = (rq->deadline_us - clock_mono_us()) / 1000;
	struct visit v = { .o = o };
	struct curl_slist *headers = NULL;
	const struct err *e;
	CURL *h;

	SURE(!db_in_tx(rq));
	*out = (struct outside_answer){ .failure = "busy" };
	e = request_headers(rq, "outside", ask, &headers);
	if (e == NULL && left_ms > 0 && (h = handle_pool_take(o->pool, rq->deadline_us)) != NULL) {
		request_put(h, ask, headers);
		visit(h, &v, url, (long)left_ms, out);
		handle_pool_give(o->pool, h);
	}
	curl_slist_free_all(headers);
	metric_add(&outside_calls, out->failure != NULL ? out->failure : "answered", 1);
	return e;
}
