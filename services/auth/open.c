/* What only auth has: password slots, signing keys, keys for codes and refresh tokens. */
#include "services/auth/open.h"
#include <stdlib.h>
#include <string.h>
#include "common/core/text.h"
#include "common/token/password.h"
#include "services/auth/auth.h"
#include "services/auth/session/signing.h"

struct auth_config auth_config_values;
static const struct auth_config *const settings = &auth_config_values;

const struct config_key auth_config_keys[AUTH_CONFIG_KEYS] = {
#define CONFIG_OF struct auth_config
#include "common/config/rows.h"
#include "services/auth/config.def"
#include "common/config/end.h"
};

static const struct err *
read_key(struct req *rq, const char *name, const char *base64, struct key256 *out)
{
	struct text raw;

	if (!text_from_base64(rq->mem, text_of(base64), &raw) || raw.len != sizeof(out->b))
		return FAIL(rq, INVALID, "config.key", "DURE_%s is not 32 bytes in base64", name);
	memcpy(out->b, raw.at, sizeof(out->b));
	return NULL;
}

const struct err *
auth_open(struct req *rq, struct app *app)
{
	static struct auth auth;
	struct password_cost cost = { .memory_kib = (uint32_t)settings->argon2_memory_kib,
		.passes = (uint32_t)settings->argon2_passes, .lanes = (uint32_t)settings->argon2_lanes };

	auth.config = settings;
	TRY(read_key(rq, "REFRESH_KEY", settings->refresh_key, &auth.refresh_key));
	TRY(read_key(rq, "SEAL_KEY", settings->seal_key, &auth.seal_key));
	digest_hkdf((struct text){ (const char *)auth.refresh_key.b, KEY_BYTES }, TEXT("dure verification code v1"),
	    &auth.code_key);
	digest_hkdf((struct text){ (const char *)auth.refresh_key.b, KEY_BYTES }, TEXT("dure known device v1"),
	    &auth.device_key);
	TRY(passwords_open(rq, &auth.passwords, cost, (int)settings->password_slots, (int)settings->password_waiting));
	TRY(signing_open(rq, &auth.signing, settings));
	app->state = &auth;
	return NULL;
}

void
auth_close(struct app *app)
{
	struct auth *auth = app->state;

	signing_close(&auth->signing);
	passwords_close(&auth->passwords);
}

int
auth_check(const void *config_values, bool prod, FILE *problems)
{
	const struct auth_config *config = config_values;

	(void)prod;
	if ((config->jwt_keys == NULL) != (config->jwt_keys_file == NULL))
		return 0;
	(void)fprintf(problems, "DURE_JWT_KEYS, DURE_JWT_KEYS_FILE: give one\n");
	return 1;
}
