/* What only billing has: its client of Toss Payments and its configuration table. */
#include <string.h>
#include "common/provider/provider.h"
#include "common/core/text.h"
#include "services/billing/billing.h"

struct billing_config billing_config_values;
static const struct billing_config *const settings = &billing_config_values;

const struct config_key billing_config_keys[BILLING_CONFIG_KEYS] = {
#define CONFIG_OF struct billing_config
#include "common/config/rows.h"
#include "services/billing/config.def"
#include "common/config/end.h"
};

enum { BREAKER_FAILURES = 8, BREAKER_OPEN_MS = 2000, CONNECT_MS = 2000, ANSWER_BYTES = 262144 };

/* So much of it fits an order id; two that differ behind it would be one. */
enum { INSTALLATION_MOST = 16 };

/* It stands in order ids, for which the provider takes no other characters. */
static const struct err *
check_installation(struct req *rq)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *name = settings->installation;

	if (name[strspn(name, letters)] != '\0' || strlen(name) > INSTALLATION_MOST)
		return FAIL(rq, INVALID, "config.installation",
		    "DURE_INSTALLATION may hold %d letters, digits, '-' and '_' only", INSTALLATION_MOST);
	return NULL;
}

const struct err *
billing_open(struct req *rq, struct app *app)
{
	static struct billing billing;
	static char user_password[256];
	const char *secret = arena_printf(rq->mem, "%s:", settings->toss_secret_key);

	if (text_of(secret).len >= sizeof(user_password))
		return FAIL(rq, INVALID, "config.toss_secret_key", "DURE_TOSS_SECRET_KEY is too long");
	for (size_t i = 0; (user_password[i] = secret[i]) != '\0'; i++)
		;
	TRY(check_installation(rq));
	billing.config = settings;
	app->state = &billing;
	app->gauge = billing_gauge;
	return provider_open(rq, &billing.toss, &(struct provider_config){ .name = "toss",
		.base_url = settings->toss_base_url, .user_password = user_password, .connect_timeout_ms = CONNECT_MS,
		.timeout_ms = (int)settings->toss_timeout_ms, .max_parallel = (int)settings->toss_parallel,
		.breaker_failures = BREAKER_FAILURES, .breaker_open_ms = BREAKER_OPEN_MS,
		.answer_max_bytes = ANSWER_BYTES });
}

void
billing_close(struct app *app)
{
	struct billing *billing = app->state;

	provider_close(&billing->toss);
}

/* Keys that move no money begin with test_, those of the widget too. */
int
billing_check(const void *config_values, bool prod, FILE *problems)
{
	const struct billing_config *values = config_values;

	if (!prod || values->toss_secret_key == NULL || strncmp(values->toss_secret_key, "test_", 5) != 0)
		return 0;
	(void)fputs("prod: DURE_TOSS_SECRET_KEY is a test key\n", problems);
	return 1;
}
