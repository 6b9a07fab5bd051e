/* What a test can set while the sandbox runs, beside the failure rules. */
#ifndef SANDBOX_SETTINGS_H
#define SANDBOX_SETTINGS_H

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

enum setting_number {
	SETTING_LATE_MS,
	SETTING_TIMEOUT_MS,
	SETTING_SMS_RESULT_DELAY_MS,
	SETTING_ALIMTALK_RESULT_DELAY_MS,
	SETTING_SENS_REFUSE_OVERLONG,
	SETTING_ALIMTALK_TEMPLATES_ONLY,
	SETTING_WEBHOOK_DUPLICATE,
	SETTING_WEBHOOK_LATE_MS,
	SETTING_WEBHOOK_SHUFFLE,
	SETTING_IMP_WEBHOOK_RESEND,
	SETTING_IMP_FAILED_UID_REUSABLE,
	SETTING_NUMBERS,
};

enum setting_text {
	SETTING_TOSS_WEBHOOK_URL,
	SETTING_IMP_WEBHOOK_URL,
	SETTING_TEXTS,
};

/* Results by the last digits of a phone number. */
enum setting_results {
	SETTING_SMS_RESULTS,
	SETTING_ALIMTALK_RESULTS,
	SETTING_RESULTS,
};

#define SETTING_TEXT_SIZE 512
#define SETTING_CODE_SIZE 8

int64_t settings_number(enum setting_number which);
void settings_text(enum setting_text which, char text[SETTING_TEXT_SIZE]);

/* The result code for a phone number, or fallback when no suffix fits. */
void settings_result(enum setting_results which, const char *phone, const char *fallback,
    char code[SETTING_CODE_SIZE]);

/* Sets one by name; with apply false it only checks. NULL when fine, else what is wrong.
 * *known is false when there is no such setting. */
const char *settings_set(const char *name, const json_t *value, bool apply, bool *known);
void settings_describe(json_t *object);

/* Back to the defaults and the environment. */
void settings_reset(void);

#endif
