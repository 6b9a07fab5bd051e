/* What only messaging has: its client of SENS, the key that opens codes, its configuration table. */
#include <string.h>
#include "common/core/text.h"
#include "common/provider/provider.h"
#include "services/messaging/messaging.h"

static struct messaging_config config;

const struct config_key messaging_config_keys[] = {
#define CONFIG_TEXT(...) CONFIG_ROW_TEXT(struct messaging_config, __VA_ARGS__)
#define CONFIG_INT(...)  CONFIG_ROW_INT(struct messaging_config, __VA_ARGS__)
#define CONFIG_BOOL(...) CONFIG_ROW_BOOL(struct messaging_config, __VA_ARGS__)
#include "services/messaging/config.def"
#undef CONFIG_TEXT
#undef CONFIG_INT
#undef CONFIG_BOOL
};
const size_t messaging_config_n_keys = COUNT_OF(messaging_config_keys);
void *const messaging_config_values = &config;

enum { BREAKER_FAILURES = 8, BREAKER_OPEN_MS = 2000, CONNECT_MS = 2000, ANSWER_BYTES = 262144 };

const struct err *
messaging_open(struct req *rq, struct app *app)
{
	static struct messaging messaging;
	struct text raw;

	if (!text_from_base64(rq->mem, text_of(config.seal_key), &raw) || raw.len != KEY_BYTES)
		return FAIL(rq, INVALID, "config.key", "DURE_SEAL_KEY is not 32 bytes in base64");
	memcpy(messaging.seal_key.b, raw.at, KEY_BYTES);
	messaging.config = &config;
	app->state = &messaging;
	return provider_open(rq, &messaging.sens, &(struct provider_config){ .name = "sens",
		.base_url = config.sens_base_url, .connect_timeout_ms = CONNECT_MS,
		.timeout_ms = (int)config.sens_timeout_ms, .max_parallel = (int)config.sens_parallel,
		.breaker_failures = BREAKER_FAILURES, .breaker_open_ms = BREAKER_OPEN_MS,
		.answer_max_bytes = ANSWER_BYTES });
}

void
messaging_close(struct app *app)
{
	struct messaging *messaging = app->state;

	provider_close(&messaging->sens);
}
