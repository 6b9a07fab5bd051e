/* One signed call to SENS. */
#include "services/messaging/sens/call.h"
#include <string.h>
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/provider/provider.h"
#include "services/messaging/messaging.h"

struct text
sens_signature(struct arena *mem, const struct sens_account *account, const char *method, struct text path_query,
    const char *timestamp_ms)
{
	uint8_t mac[SHA256_BYTES];

	digest_hmac(text_of(account->secret_key), text_of(arena_printf(mem, "%s %.*s\n%s\n%s", method,
	    TEXT_ARG(path_query), timestamp_ms, account->access_key)), mac);
	return text_base64(mem, (struct text){ (const char *)mac, sizeof(mac) });
}

void
sens_call(struct req *rq, struct text path_query, struct text body, int *status, const struct json_doc **doc)
{
	const struct messaging_config *config = messaging_of(rq)->config;
	const struct sens_account account = { config->sens_access_key, config->sens_secret_key };
	const char *method = body.at == NULL ? "GET" : "POST";
	const char *timestamp_ms = arena_printf(rq->mem, "%lld", (long long)(clock_now_us() / 1000));
	struct provider_ask ask = { .method = method, .path = path_query, .body = body,
		.content_type = "application/json; charset=utf-8", .repeatable = body.at == NULL, .n_headers = 3,
		.headers = { { "x-ncp-apigw-timestamp", text_of(timestamp_ms) },
			{ "x-ncp-iam-access-key", text_of(account.access_key) },
			{ "x-ncp-apigw-signature-v2", sens_signature(rq->mem, &account, method, path_query, timestamp_ms) } } };
	struct provider_answer answer;
	const struct err *e;

	*status = 0;
	*doc = NULL;
	if ((e = provider_call(rq, messaging_of(rq)->sens, &ask, &answer)) != NULL ||
	    (e = json_parse(rq, answer.body, doc)) != NULL) {
		log_err(rq, LV_WARN, "sens.unclear", e);
		return;
	}
	*status = answer.status;
	LOG(rq, INFO, "sens.answered", kv_i("status", answer.status));
}

const char *
sens_service(struct req *rq, const char *channel)
{
	const struct messaging_config *config = messaging_of(rq)->config;

	if (strcmp(channel, "alimtalk") == 0)
		return arena_printf(rq->mem, "/alimtalk/v2/services/%s", config->sens_alimtalk_service);
	return arena_printf(rq->mem, "/sms/v2/services/%s", config->sens_sms_service);
}
