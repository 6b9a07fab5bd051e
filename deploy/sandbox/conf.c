/* Reads the sandbox's configuration from the environment, by one table. */
#include "deploy/sandbox/conf.h"

#include <stddef.h>
#include <stdlib.h>

struct conf conf;

static const struct setting {
	const char *name;
	size_t at;
	const char *fallback;
	const char *meaning;
} settings[] = {
#define AT(field) offsetof(struct conf, field)
	{ "SANDBOX_LISTEN", AT(listen), "127.0.0.1:8190", "HTTP address" },
	{ "SANDBOX_SMTP_LISTEN", AT(smtp_listen), "127.0.0.1:8125", "SMTP address, empty is off" },
	{ "SANDBOX_THREADS", AT(threads), "32", "HTTP threads, one per open connection" },
	{ "SANDBOX_TOSS_SECRET_KEY", AT(toss_secret_key), "test_sk_sandbox", "Toss secret key" },
	{ "SANDBOX_IMP_KEY", AT(imp_key), "imp_sandbox", "Iamport key" },
	{ "SANDBOX_IMP_SECRET", AT(imp_secret), "imp_sandbox_secret", "Iamport secret" },
	{ "SANDBOX_SENS_ACCESS_KEY", AT(sens_access_key), "sandbox-access", "SENS access key" },
	{ "SANDBOX_SENS_SECRET_KEY", AT(sens_secret_key), "sandbox-secret", "SENS secret key" },
	{ "SANDBOX_SENS_SMS_SERVICE", AT(sens_sms_service), "ncp:sms:kr:000000000000:dure",
	 "SENS SMS service id" },
	{ "SANDBOX_SENS_ALIMTALK_SERVICE", AT(sens_alimtalk_service),
	 "ncp:kkobizmsg:kr:0000000:dure", "SENS AlimTalk service id" },
	{ "SANDBOX_SENS_FROM", AT(sens_from), "0216700310", "the one registered sender number" },
	{ "SANDBOX_S3_ACCESS_KEY", AT(s3_access_key), "sandbox-access", "S3 access key id" },
	{ "SANDBOX_S3_SECRET", AT(s3_secret_key), "sandbox-secret", "S3 secret key" },
	{ "SANDBOX_S3_REGION", AT(s3_region), "ap-northeast-2", "S3 region" },
	{ "SANDBOX_S3_BUCKET", AT(s3_bucket), "dure", "the one S3 bucket" },
	{ "SANDBOX_TOSS_WEBHOOK_URL", AT(toss_webhook_url), "", "where Toss webhooks go" },
	{ "SANDBOX_IMP_WEBHOOK_URL", AT(imp_webhook_url), "", "where Iamport webhooks go" },
	{ "SANDBOX_CLOCK_OFFSET_FILE", AT(clock_offset_file), "",
	 "file with microseconds to add to business time" },
#undef AT
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

void
conf_load(void)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		const char *value = getenv(settings[i].name);
		const char **field = (const char **)(void *)((char *)&conf + settings[i].at);

		*field = value != NULL ? value : settings[i].fallback;
	}
}

void
conf_help(FILE *to)
{
	fprintf(to, "usage: dure-sandbox [probe | --help | --version]\n\n"
	    "Plays Toss Payments, Iamport, SENS, S3 and SMTP for development and tests.\n"
	    "Configuration is by environment variables:\n\n");
	for (size_t i = 0; i < SETTINGS; i++)
		fprintf(to, "  %-30s %s (default: %s)\n", settings[i].name, settings[i].meaning,
		    settings[i].fallback[0] != '\0' ? settings[i].fallback : "empty");
}
