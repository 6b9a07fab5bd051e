/* What only messaging has: its client of SENS, the key that opens codes, its configuration table. */
#include <string.h>
#include "common/core/text.h"
#include "common/provider/provider.h"
#include "services/messaging/messaging.h"

struct messaging_config messaging_config_values;
static const struct messaging_config *const settings = &messaging_config_values;

const struct config_key messaging_config_keys[MESSAGING_CONFIG_KEYS] = {
#define CONFIG_OF struct messaging_config
#include "common/config/rows.h"
#include "services/messaging/config.def"
#include "common/config/end.h"
};

enum { BREAKER_FAILURES = 8, BREAKER_OPEN_MS = 2000, CONNECT_MS = 2000, ANSWER_BYTES = 262144 };

const struct err *
messaging_open(struct req *rq, struct app *app)
{
	static struct messaging messaging;

	if (!keylist_parse(settings->seal_key, &messaging.seal_keys))
		return FAIL(rq, INVALID, "config.key", "DURE_SEAL_KEY is not a list of 32 bytes in base64");
	messaging.config = settings;
	app->state = &messaging;
	return provider_open(rq, &messaging.sens, &(struct provider_config){ .name = "sens",
		.base_url = settings->sens_base_url, .connect_timeout_ms = CONNECT_MS,
		.timeout_ms = (int)settings->sens_timeout_ms, .max_parallel = (int)settings->sens_parallel,
		.breaker_failures = BREAKER_FAILURES, .breaker_open_ms = BREAKER_OPEN_MS,
		.answer_max_bytes = ANSWER_BYTES });
}

void
messaging_close(struct app *app)
{
	struct messaging *messaging = app->state;

	provider_close(&messaging->sens);
}
