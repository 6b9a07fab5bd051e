/* The line to auth. */
#include "services/notification/who/call.h"
#include <stdlib.h>
#include <string.h>
#include "common/core/text.h"
#include "common/provider/provider.h"
#include "common/token/identity.h"
#include "services/notification/notification.h"

enum { BREAKER_FAILURES = 8, BREAKER_OPEN_MS = 500, CONNECT_MS = 1000, ANSWER_BYTES = 65536 };

struct auth_line {
	struct provider *http;
	struct keyring   pair;
};

const struct err *
auth_line_open(struct req *rq, struct auth_line **out, const char *url, const char *pair_key, int parallel)
{
	struct auth_line *line = calloc(1, sizeof(*line));
	const struct provider_config config = { .name = "auth", .base_url = url, .connect_timeout_ms = CONNECT_MS,
		.timeout_ms = AUTH_CALL_MS, .max_parallel = parallel, .breaker_failures = BREAKER_FAILURES,
		.breaker_open_ms = BREAKER_OPEN_MS, .answer_max_bytes = ANSWER_BYTES };

	SURE(line != NULL);
	*out = line;
	if (!keyring_parse(pair_key, &line->pair) || line->pair.n != 1)
		return FAIL(rq, INVALID, "config.auth_pair_key", "DURE_AUTH_PAIR_KEY is not notification:base64");
	return provider_open(rq, &line->http, &config);
}

void
auth_line_close(struct auth_line **line)
{
	if (*line == NULL)
		return;
	provider_close(&(*line)->http);
	explicit_bzero(&(*line)->pair, sizeof((*line)->pair));
	free(*line);
	*line = NULL;
}

const struct err *
auth_ask(struct req *rq, const char *method, struct text path, struct caller_answer *out)
{
	const struct auth_line *line = notification_of(rq)->auth;
	const struct identity me = { .who = WHO_SERVICE, .request_id = rq->request_id, .issued_us = rq->now_us };
	struct text header = identity_sign(rq->mem, line->pair.at[0].kid, &line->pair.at[0].key, "auth", text_of(method),
	    path, &me);

	struct provider_answer answer;

	TRY(provider_call(rq, line->http, &(struct provider_ask){ .method = method, .path = path,
		.headers = { { IDENTITY_HEADER, header } }, .n_headers = 1, .repeatable = true }, &answer));
	*out = (struct caller_answer){ answer.status, answer.body };
	return NULL;
}
