/* A collector of spans that is strict about what it takes. */
#include "tests/kit/collector.h"
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "tests/kit/kit.h"
#include "tests/kit/peer.h"

enum { BODIES = 4096 };

static struct {
	struct peer    *peer;
	pthread_mutex_t lock;          /* of what follows */
	json_t         *taken[BODIES];
	char           *bodies[BODIES];
	size_t          n_taken, n_bodies;
	int             status;
	const char     *headers, *body;
	bool            hold;          /* __atomic */
} collector = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- what may stand in a request: opentelemetry/proto/collector/trace/v1, by the rules of OTLP for JSON */

static void
must(bool holds, const char *what, const json_t *at)
{
	if (!holds)
		kit_fail("the collector: %s: %.2000s", what, json_dumps(at, JSON_COMPACT | JSON_ENCODE_ANY));
}

/* An object without members but these; those before the '|' must be there. */
static void
has_only(const json_t *object, const char *names)
{
	const char *optional = strchr(names, '|'), *name;
	json_t *value;

	must(json_is_object(object), "no object", object);
	json_object_foreach((json_t *)(uintptr_t)object, name, value) {
		const char *at = strstr(names, name);
		must(value != NULL && at != NULL && strchr(" |", at[strlen(name)]) != NULL, name, object);
	}
	for (const char *at = names; at < optional; at += strcspn(at, " ") + 1)
		must(json_object_get(object, kit_print("%.*s", (int)strcspn(at, " "), at)) != NULL, "a member is missing", object);
}

static bool
is_hex(const json_t *value, size_t length)
{
	const char *text = json_string_value(value);

	return text != NULL && strlen(text) == length && strspn(text, "0123456789abcdef") == length && strspn(text, "0") < length;
}

static bool
is_count(const json_t *value)
{
	const char *text = json_string_value(value);

	return text != NULL && *text != '\0' && strlen(text) <= 20 && strspn(text, "0123456789") == strlen(text);
}

static void
check_attributes(const json_t *list)
{
	must(json_is_array(list), "attributes are no list", list);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i), *value = json_object_get(one, "value");

		has_only(one, "key value |");
		must(json_string_length(json_object_get(one, "key")) > 0, "an attribute has no name", one);
		has_only(value, "| stringValue intValue ");
		must(json_object_size(value) == 1, "an attribute has not one value", one);
		must(json_is_string(json_object_get(value, "stringValue")) || is_count(json_object_get(value, "intValue")),
		    "an attribute's value is of another type", one);
		for (size_t j = 0; j < i; j++)
			must(!json_equal(json_object_get(one, "key"), json_object_get(json_array_get(list, j), "key")),
			    "an attribute stands there twice", list);
	}
}

static void
check_span(const json_t *span)
{
	const json_t *parent = json_object_get(span, "parentSpanId"), *status = json_object_get(span, "status");
	int64_t kind = json_integer_value(json_object_get(span, "kind"));

	has_only(span, "traceId spanId name kind startTimeUnixNano endTimeUnixNano attributes status | parentSpanId ");
	must(is_hex(json_object_get(span, "traceId"), 32) && is_hex(json_object_get(span, "spanId"), 16), "ids", span);
	must(parent == NULL || is_hex(parent, 16), "the parent's id", span);
	must(json_string_length(json_object_get(span, "name")) > 0, "no name", span);
	must(kind >= 1 && kind <= 5, "the kind", span);
	must(is_count(json_object_get(span, "startTimeUnixNano")) && is_count(json_object_get(span, "endTimeUnixNano")) &&
	    atoll(json_string_value(json_object_get(span, "startTimeUnixNano"))) <=
	    atoll(json_string_value(json_object_get(span, "endTimeUnixNano"))), "the times", span);
	check_attributes(json_object_get(span, "attributes"));
	has_only(status, "| code message ");
	must(json_object_get(status, "code") == NULL || json_integer_value(json_object_get(status, "code")) == 2, "status", span);
}

static const char *
attribute(const json_t *list, const char *key)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i), *value = json_object_get(one, "value");

		if (strcmp(json_string_value(json_object_get(one, "key")), key) != 0)
			continue;
		value = json_object_get(value, "stringValue") != NULL ? json_object_get(value, "stringValue") :
		    json_object_get(value, "intValue");
		return json_string_value(value);
	}
	return NULL;
}

static void
check_resource(const json_t *resource)
{
	static const char *const needed[] = { "service.name", "service.version", "service.instance.id", "deployment.environment" };
	const json_t *attributes = json_object_get(resource, "attributes");

	has_only(resource, "attributes |");
	check_attributes(attributes);
	for (size_t i = 0; i < COUNT_OF(needed); i++)
		must(attribute(attributes, needed[i]) != NULL, needed[i], resource);
}

static void
check(const json_t *request)
{
	const json_t *of_resource = json_array_get(json_object_get(request, "resourceSpans"), 0);
	const json_t *of_scope = json_array_get(json_object_get(of_resource, "scopeSpans"), 0);
	const json_t *spans = json_object_get(of_scope, "spans");

	has_only(request, "resourceSpans |");
	has_only(of_resource, "resource scopeSpans |");
	has_only(of_scope, "scope spans |");
	has_only(json_object_get(of_scope, "scope"), "name version |");
	check_resource(json_object_get(of_resource, "resource"));
	must(json_array_size(spans) >= 1 && json_array_size(spans) <= 512, "the number of spans", of_scope);
	for (size_t i = 0; i < json_array_size(spans); i++)
		check_span(json_array_get(spans, i));
}

/* ---- taking them */

static void
keep(const char *request, json_t *doc)
{
	kit_sure(collector.n_bodies < BODIES);
	collector.bodies[collector.n_bodies++] = strdup(request);
	if (collector.status / 100 == 2)
		collector.taken[collector.n_taken++] = doc;
	else
		json_decref(doc);
}

static bool
serve(struct peer *p, int fd, int number, const char *request)
{
	const char *body = strstr(request, "\r\n\r\n") + 4, *answer;
	json_t *doc = json_loads(body, JSON_REJECT_DUPLICATES, NULL);

	(void)p;
	(void)number;
	kit_until(60000, !__atomic_load_n(&collector.hold, __ATOMIC_ACQUIRE));
	kit_sure(strncmp(request, "POST /v1/traces HTTP/1.1\r\n", 26) == 0);
	kit_sure(strcasestr(request, "\r\nContent-Type: application/json\r\n") != NULL && doc != NULL);
	check(doc);
	(void)pthread_mutex_lock(&collector.lock);
	keep(request, doc);
	answer = kit_print("HTTP/1.1 %d Said\r\n%sContent-Length: %zu\r\n\r\n%s", collector.status, collector.headers,
	    strlen(collector.body), collector.body);
	(void)pthread_mutex_unlock(&collector.lock);
	peer_say(fd, answer);
	return true;
}

void
collector_forget(void)
{
	(void)pthread_mutex_lock(&collector.lock);
	for (size_t i = 0; i < collector.n_taken; i++)
		json_decref(collector.taken[i]);
	for (size_t i = 0; i < collector.n_bodies; i++)
		free(collector.bodies[i]);
	collector.n_taken = collector.n_bodies = 0;
	(void)pthread_mutex_unlock(&collector.lock);
}

void
collector_open(int port)
{
	collector_forget();
	collector_answer(200, "", "{}");
	collector_hold(false);
	collector.peer = peer_open_at(port, serve);
	(void)setenv("DURE_OTLP_ENDPOINT", kit_print("http://%s", peer_address(collector.peer)), 1);
}

int
collector_port(void)
{
	return peer_port(collector.peer);
}

void
collector_close(void)
{
	(void)unsetenv("DURE_OTLP_ENDPOINT");
	collector_hold(false);
	peer_close(&collector.peer);
}

void
collector_answer(int status, const char *headers, const char *body)
{
	(void)pthread_mutex_lock(&collector.lock);
	collector.status = status;
	collector.headers = headers;
	collector.body = body;
	(void)pthread_mutex_unlock(&collector.lock);
}

void
collector_hold(bool hold)
{
	__atomic_store_n(&collector.hold, hold, __ATOMIC_RELEASE);
}

/* ---- looking */

size_t
collector_requests(void)
{
	size_t n;

	(void)pthread_mutex_lock(&collector.lock);
	n = collector.n_bodies;
	(void)pthread_mutex_unlock(&collector.lock);
	return n;
}

const char *
collector_head(void)
{
	const char *head = "";

	(void)pthread_mutex_lock(&collector.lock);
	if (collector.n_bodies > 0) {
		const char *last = collector.bodies[collector.n_bodies - 1];
		head = kit_print("%.*s", (int)(strstr(last, "\r\n\r\n") + 2 - last), last);
	}
	(void)pthread_mutex_unlock(&collector.lock);
	return head;
}

static const json_t *
spans_of(size_t request, const json_t **resource)
{
	const json_t *of_resource = json_array_get(json_object_get(collector.taken[request], "resourceSpans"), 0);

	*resource = json_object_get(json_object_get(of_resource, "resource"), "attributes");
	return json_object_get(json_array_get(json_object_get(of_resource, "scopeSpans"), 0), "spans");
}

static const char *
text_of_member(const json_t *span, const char *name)
{
	const char *text = json_string_value(json_object_get(span, name));

	return text != NULL ? text : "";
}

static void
fill(struct collected_span *out, const json_t *span, const json_t *resource)
{
	*out = (struct collected_span){ .service = attribute(resource, "service.name"), .trace = text_of_member(span, "traceId"),
		.id = text_of_member(span, "spanId"), .parent = text_of_member(span, "parentSpanId"),
		.name = text_of_member(span, "name"), .kind = (int)json_integer_value(json_object_get(span, "kind")),
		.began_ns = atoll(text_of_member(span, "startTimeUnixNano")),
		.ended_ns = atoll(text_of_member(span, "endTimeUnixNano")),
		.failed = json_object_size(json_object_get(span, "status")) > 0,
		.attributes = json_object_get(span, "attributes") };
}

size_t
collector_spans(void)
{
	const json_t *resource;
	size_t n = 0;

	(void)pthread_mutex_lock(&collector.lock);
	for (size_t i = 0; i < collector.n_taken; i++)
		n += json_array_size(spans_of(i, &resource));
	(void)pthread_mutex_unlock(&collector.lock);
	return n;
}

bool
collector_span(size_t i, struct collected_span *out)
{
	const json_t *resource, *span = NULL;

	(void)pthread_mutex_lock(&collector.lock);
	for (size_t request = 0; span == NULL && request < collector.n_taken; request++) {
		const json_t *spans = spans_of(request, &resource);
		span = json_array_get(spans, i);
		i -= span == NULL ? json_array_size(spans) : 0;
	}
	if (span != NULL)
		fill(out, span, resource);
	(void)pthread_mutex_unlock(&collector.lock);
	return span != NULL;
}

bool
collector_find(const char *trace, const char *service, const char *name, struct collected_span *out)
{
	for (size_t i = 0; collector_span(i, out); i++)
		if (strcmp(out->trace, trace) == 0 && strcmp(out->service, service) == 0 && strcmp(out->name, name) == 0)
			return true;
	return false;
}

const char *
collected_value(const struct collected_span *span, const char *key)
{
	return attribute(span->attributes, key);
}

bool
collector_holds(const char *text)
{
	bool holds = false;

	(void)pthread_mutex_lock(&collector.lock);
	for (size_t i = 0; i < collector.n_bodies && !holds; i++)
		holds = strstr(collector.bodies[i], text) != NULL;
	(void)pthread_mutex_unlock(&collector.lock);
	return holds;
}
