/* What the environment tells the sandbox. */
#ifndef SANDBOX_CONF_H
#define SANDBOX_CONF_H

#include <stdio.h>

struct conf {
	const char *listen;
	const char *smtp_listen;
	const char *threads;
	const char *toss_secret_key;
	const char *imp_key;
	const char *imp_secret;
	const char *sens_access_key;
	const char *sens_secret_key;
	const char *sens_sms_service;
	const char *sens_alimtalk_service;
	const char *sens_from;
	const char *s3_access_key;
	const char *s3_secret_key;
	const char *s3_region;
	const char *s3_bucket;
	const char *toss_webhook_url;
	const char *imp_webhook_url;
	const char *clock_offset_file;
};

/* Filled once by conf_load, before any thread starts, and only read afterwards. */
extern struct conf conf;

void conf_load(void);
void conf_help(FILE *to);

#endif
