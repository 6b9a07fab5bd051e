/* S3: addresses, signatures, and three calls. */
#include "common/provider/s3.h"
#include <stdlib.h>
#include <string.h>
#include "common/core/text.h"
#include "common/provider/provider.h"
#include "common/provider/sigv4.h"

enum { CONNECT_MS = 2000, BREAKER_FAILURES = 8, BREAKER_OPEN_MS = 2000, OWN_CALL_S = 300 };

/* origin "https://host:port", host behind its slashes, prefix "/path of the base/bucket". */
struct s3 {
	struct provider *provider;
	char            *origin, *prefix, *region, *access_key, *secret;
	const char      *host;
};

static char *
keep(const char *s)
{
	char *copy = strdup(s);

	SURE(copy != NULL);
	return copy;
}

const struct err *
s3_open(struct req *rq, struct s3 **out, const struct s3_config *config)
{
	const char *scheme = strstr(config->base_url, "://"), *path = scheme != NULL ? strchr(scheme + 3, '/') : NULL;
	size_t origin = path != NULL ? (size_t)(path - config->base_url) : strlen(config->base_url);
	struct text rest = text_of(path);
	struct provider *provider;
	struct s3 *s;

	if (scheme == NULL)
		return FAIL(rq, INTERNAL, "s3.base_url", "the base URL of the object storage must begin with http:// or https://");
	TRY(provider_open(rq, &provider, &(struct provider_config){ .name = "s3",
		.base_url = arena_printf(rq->mem, "%.*s", (int)origin, config->base_url), .connect_timeout_ms = CONNECT_MS,
		.timeout_ms = config->timeout_ms, .max_parallel = config->max_parallel,
		.breaker_failures = BREAKER_FAILURES, .breaker_open_ms = BREAKER_OPEN_MS,
		.answer_max_bytes = config->object_max_bytes }));
	s = calloc(1, sizeof(*s));
	SURE(s != NULL);
	while (rest.len > 0 && rest.at[rest.len - 1] == '/')
		rest.len--;
	s->provider = provider;
	s->origin = keep(arena_printf(rq->mem, "%.*s", (int)origin, config->base_url));
	s->host = strstr(s->origin, "://") + 3;
	s->prefix = keep(arena_printf(rq->mem, "%.*s/%s", TEXT_ARG(rest), config->bucket));
	s->region = keep(config->region);
	s->access_key = keep(config->access_key);
	s->secret = keep(config->secret);
	*out = s;
	return NULL;
}

void
s3_close(struct s3 **sp)
{
	struct s3 *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	provider_close(&s->provider);
	explicit_bzero(s->secret, strlen(s->secret));
	free(s->secret);
	free(s->access_key);
	free(s->region);
	free(s->prefix);
	free(s->origin);
	free(s);
}

static const char *
path_of(struct arena *mem, const struct s3 *s, const struct s3_grant *g)
{
	return sigv4_presign(mem, &(struct sigv4){ .method = g->method, .host = s->host,
		.path = arena_printf(mem, "%s/%s", s->prefix, g->key), .region = s->region, .access_key = s->access_key,
		.secret = s->secret, .content_type = g->content_type, .content_length = g->content_length,
		.at_us = g->at_us, .expires_s = g->expires_s });
}

const char *
s3_url(struct arena *mem, const struct s3 *s, const struct s3_grant *grant)
{
	return arena_printf(mem, "%s%s", s->origin, path_of(mem, s, grant));
}

/* All three may be repeated: the same bytes under the same key. */
static const struct err *
ask(struct req *rq, struct s3 *s, const struct s3_grant *g, struct text body, struct provider_answer *out)
{
	TRY(provider_call(rq, s->provider, &(struct provider_ask){ .method = g->method,
		.path = text_of(path_of(rq->mem, s, g)), .body = body, .content_type = g->content_type,
		.repeatable = true }, out));
	if (out->status / 100 != 2 && out->status != 404)
		return FAIL(rq, UPSTREAM, "s3.refused", "the object storage answers %d", out->status);
	return NULL;
}

static const struct err *
look(struct req *rq, struct s3 *s, const char *method, const char *key, struct s3_object *out)
{
	struct provider_answer answer;

	TRY(ask(rq, s, &(struct s3_grant){ .method = method, .key = key, .content_length = -1, .at_us = rq->now_us,
		.expires_s = OWN_CALL_S }, (struct text){ 0 }, &answer));
	*out = (struct s3_object){ .found = answer.status != 404, .length = answer.length,
		.content_type = answer.content_type, .body = answer.body };
	return NULL;
}

const struct err *
s3_head(struct req *rq, struct s3 *s, const char *key, struct s3_object *out)
{
	return look(rq, s, "HEAD", key, out);
}

const struct err *
s3_get(struct req *rq, struct s3 *s, const char *key, struct s3_object *out)
{
	return look(rq, s, "GET", key, out);
}

const struct err *
s3_put(struct req *rq, struct s3 *s, const char *key, const char *content_type, struct text body)
{
	struct provider_answer answer;

	TRY(ask(rq, s, &(struct s3_grant){ .method = "PUT", .key = key, .content_type = content_type,
		.content_length = (int64_t)body.len, .at_us = rq->now_us, .expires_s = OWN_CALL_S }, body, &answer));
	if (answer.status == 404)
		return FAIL(rq, UPSTREAM, "s3.refused", "the object storage has no such bucket");
	return NULL;
}
