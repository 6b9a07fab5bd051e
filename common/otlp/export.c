/* The thread that sends spans to the collector, and waits when the collector is away. */
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "common/metrics/metrics.h"
#include "common/otlp/encode.h"

/* SPANS: a second of a busy service, 4 MB. BATCH: what collectors like to get at once. */
enum { SPANS = 4096, BATCH = 512, BODY_BYTES = BATCH * OTLP_SPAN_MAX_BYTES, MEM_BYTES = 8 * BODY_BYTES, ANSWER_BYTES = 65536 };
static const int64_t WAIT_US = 1000000, FIRST_PAUSE_US = 500000, LONGEST_PAUSE_US = 8000000, FLUSH_US = 2000000;

METRIC(sent, COUNTER, "dure_trace_spans_sent_total", NULL, "Spans that the collector has taken");

enum verdict { TAKEN, REFUSED, AWAY };

struct otlp {
	struct app            *app;
	struct otlp_config     config;
	struct provider       *collector;
	char                  *headers_text, instance[96];
	struct provider_header headers[OTLP_HEADERS];
	size_t                 n_headers;
	struct arena          *mem;
	pthread_t              thread;
	bool                   away;           /* the thread's: the last try failed, and was told of */
	int64_t                stop_us;        /* __atomic; 0: goes on; else sending ends then at the latest */
	struct span_record     batch[BATCH];
};

static int64_t
stop_us(const struct otlp *o)
{
	return __atomic_load_n(&o->stop_us, __ATOMIC_ACQUIRE);
}

/* {"partialSuccess":{"rejectedSpans":"3"}}: some were not to its taste. A 64-bit number is a string in this JSON; some
 * send a number all the same. */
static size_t
count_rejected(struct req *rq, struct text body, size_t n)
{
	static const char path[] = "partialSuccess.rejectedSpans";
	const struct json_doc *doc;
	int64_t rejected = 0;
	struct text digits;

	if (body.len == 0 || json_parse(rq, body, &doc) != NULL)
		return 0;
	if (!json_i64(doc, path, &rejected) && (!json_text(rq, doc, path, &digits) || !text_to_i64(digits, &rejected)))
		return 0;
	return rejected < 0 ? 0 : rejected > (int64_t)n ? n : (size_t)rejected;
}

/* By OTLP these four may be sent again, every other refusal stays one. */
static enum verdict
judge(struct req *rq, const struct provider_answer *answer, size_t n)
{
	size_t rejected = 0;
	int status = answer->status;

	if (status == 429 || status == 502 || status == 503 || status == 504)
		return AWAY;
	if (status / 100 == 2)
		rejected = count_rejected(rq, answer->body, n);
	else
		rejected = n;
	metric_add(&sent, NULL, (int64_t)(n - rejected));
	trace_dropped("refused", rejected);
	if (rejected > 0)
		LOG(rq, WARN, "otlp.refused", kv_i("status", status), kv_i("spans", (int64_t)rejected));
	return rejected == n ? REFUSED : TAKEN;
}

/* Told when it changes, not at each try. */
static void
tell(struct otlp *o, const struct req *rq, enum verdict verdict, const struct err *e)
{
	if (verdict == AWAY && !o->away)
		LOG(rq, WARN, "otlp.away", kv_s("endpoint", o->config.endpoint), kv_s("slug", e != NULL ? e->slug : ""));
	if (verdict != AWAY && o->away)
		LOG(rq, INFO, "otlp.back", kv_s("endpoint", o->config.endpoint));
	o->away = verdict == AWAY;
}

/* One try. *pause_us: what the collector asks for, if it does. */
static enum verdict
post(struct otlp *o, size_t n, int64_t *pause_us)
{
	struct provider_ask ask = { .method = "POST", .path = TEXT("/v1/traces"), .repeatable = true, .n_headers = o->n_headers };
	struct buf body = buf_in(o->mem, BODY_BYTES);
	struct provider_answer answer;
	enum verdict verdict = AWAY;
	struct req rq;

	req_begin(&rq, o->app, o->mem, TEXT("traces"), o->config.timeout_ms);
	if (stop_us(o) != 0 && stop_us(o) < rq.deadline_us)
		rq.deadline_us = stop_us(o);
	otlp_write(&body, &o->config.source, o->batch, n);
	SURE(!body.overflow);
	ask.body = buf_as_text(&body);
	memcpy(ask.headers, o->headers, sizeof(ask.headers));
	const struct err *e = provider_call(&rq, o->collector, &ask, &answer);
	if (e == NULL) {
		verdict = judge(&rq, &answer, n);
		*pause_us = answer.retry_after_s * 1000000;
	}
	tell(o, &rq, verdict, e);
	req_end(&rq);
	arena_reset(o->mem);
	return verdict;
}

static int64_t
within(int64_t us)
{
	return us > LONGEST_PAUSE_US ? LONGEST_PAUSE_US : us;
}

/* Until the collector has said yes or no, or it is time to stop. Up to a fifth of each pause is chance, so that not all
 * services come back at once. */
static void
deliver(struct otlp *o, size_t n)
{
	int64_t pause_us = FIRST_PAUSE_US;

	for (;;) {
		int64_t asked_us = 0;

		if (post(o, n, &asked_us) != AWAY)
			return;
		if (stop_us(o) != 0) {
			trace_dropped("stopped", n);
			return;
		}
		asked_us = within(asked_us > pause_us ? asked_us : pause_us);
		trace_rest(o->app->traces, clock_mono_us() + asked_us - (int64_t)random_below((uint32_t)(asked_us / 5)));
		pause_us = within(2 * pause_us);
	}
}

static void *
run(void *arg)
{
	struct otlp *o = arg;
	size_t n = 1;

	while (n > 0 || stop_us(o) == 0) {
		n = trace_take(o->app->traces, o->batch, BATCH, clock_mono_us() + WAIT_US);
		if (n > 0 && stop_us(o) != 0 && clock_mono_us() >= stop_us(o))
			trace_dropped("stopped", n);
		else if (n > 0)
			deliver(o, n);
	}
	return NULL;
}

static void
name_instance(struct otlp *o)
{
	char host[65] = "";

	(void)gethostname(host, sizeof(host) - 1);
	(void)snprintf(o->instance, sizeof(o->instance), "%s:%ld", host, (long)getpid());
	o->config.source.instance = o->instance;
}

const struct err *
otlp_open(struct req *rq, struct otlp **out, struct app *app, const struct otlp_config *config)
{
	struct text base = text_of(config->endpoint);
	struct otlp *o = calloc(1, sizeof(*o));

	SURE(o != NULL);
	*out = o;
	o->app = app;
	o->config = *config;
	name_instance(o);
	o->mem = arena_open(MEM_BYTES);
	o->headers_text = strdup(config->headers != NULL ? config->headers : "");
	SURE(o->headers_text != NULL);
	if (!otlp_endpoint_is_good(config->endpoint) || !otlp_headers_cut(o->headers_text, o->headers, &o->n_headers))
		return FAIL(rq, INVALID, "config.otlp", "the endpoint or the headers of OTLP are not understood");
	base.len -= text_ends(base, TEXT("/")) ? 1 : 0;
	TRY(provider_open(rq, &o->collector, &(struct provider_config){ .name = "collector",
		.base_url = arena_copy(rq->mem, base).at, .connect_timeout_ms = config->timeout_ms,
		.timeout_ms = config->timeout_ms, .max_parallel = 1, .breaker_failures = INT_MAX,
		.answer_max_bytes = ANSWER_BYTES, .quiet = true }));
	app->traces = trace_open(SPANS);
	if (pthread_create(&o->thread, NULL, run, o) != 0) {
		trace_close(&app->traces);
		return FAIL(rq, INTERNAL, "otlp.no_thread", "no thread for the spans");
	}
	return NULL;
}

void
otlp_close(struct otlp **owner)
{
	struct otlp *o = *owner;

	*owner = NULL;
	if (o == NULL)
		return;
	if (o->app->traces != NULL) {
		__atomic_store_n(&o->stop_us, clock_mono_us() + FLUSH_US, __ATOMIC_RELEASE);
		trace_hurry(o->app->traces);
		SURE(pthread_join(o->thread, NULL) == 0);
		trace_close(&o->app->traces);
	}
	provider_close(&o->collector);
	explicit_bzero(o->headers_text, strlen(o->headers_text));
	free(o->headers_text);
	arena_close(&o->mem);
	free(o);
}
