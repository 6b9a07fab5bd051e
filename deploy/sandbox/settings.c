/* Keeps the settings a test can change while the sandbox runs, each with its bounds. */
#include "deploy/sandbox/settings.h"
#include "deploy/sandbox/conf.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define MINUTES_MS(n) (INT64_C(60000) * (n))

static const struct {
	const char *name;
	int64_t fallback, max;
} numbers[SETTING_NUMBERS] = {
	[SETTING_LATE_MS] = { "late_ms", 3000, MINUTES_MS(10) },
	[SETTING_TIMEOUT_MS] = { "timeout_ms", 30000, MINUTES_MS(10) },
	[SETTING_SMS_RESULT_DELAY_MS] = { "sms_result_delay_ms", 300, MINUTES_MS(4320) },
	[SETTING_ALIMTALK_RESULT_DELAY_MS] = { "alimtalk_result_delay_ms", 300, MINUTES_MS(4320) },
	[SETTING_SENS_REFUSE_OVERLONG] = { "sens_refuse_overlong", 0, 1 },
	[SETTING_ALIMTALK_TEMPLATES_ONLY] = { "alimtalk_templates_only", 0, 1 },
	[SETTING_WEBHOOK_DUPLICATE] = { "webhook_duplicate", 0, 100 },
	[SETTING_WEBHOOK_LATE_MS] = { "webhook_late_ms", 0, MINUTES_MS(60) },
	[SETTING_WEBHOOK_SHUFFLE] = { "webhook_shuffle", 0, 1 },
	[SETTING_IMP_WEBHOOK_RESEND] = { "imp_webhook_resend", 0, 5 },
	[SETTING_IMP_FAILED_UID_REUSABLE] = { "imp_failed_uid_reusable", 0, 1 },
};

static const char *const text_names[SETTING_TEXTS] = {
	[SETTING_TOSS_WEBHOOK_URL] = "toss_webhook_url",
	[SETTING_IMP_WEBHOOK_URL] = "imp_webhook_url",
};

static const char *const results_names[SETTING_RESULTS] = {
	[SETTING_SMS_RESULTS] = "sms_results",
	[SETTING_ALIMTALK_RESULTS] = "alimtalk_results",
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t number_values[SETTING_NUMBERS];
static char text_values[SETTING_TEXTS][SETTING_TEXT_SIZE];
static json_t *results_values[SETTING_RESULTS];

int64_t
settings_number(enum setting_number which)
{
	int64_t value;

	pthread_mutex_lock(&lock);
	value = number_values[which];
	pthread_mutex_unlock(&lock);
	return value;
}

void
settings_text(enum setting_text which, char text[SETTING_TEXT_SIZE])
{
	pthread_mutex_lock(&lock);
	memcpy(text, text_values[which], SETTING_TEXT_SIZE);
	pthread_mutex_unlock(&lock);
}

static bool
ends_with(const char *text, const char *suffix)
{
	size_t len = strlen(text), suffix_len = strlen(suffix);

	return len >= suffix_len && strcmp(text + len - suffix_len, suffix) == 0;
}

/* The longest suffix that fits decides, so that a whole number beats a family of numbers. */
void
settings_result(enum setting_results which, const char *phone, const char *fallback,
    char code[SETTING_CODE_SIZE])
{
	const char *suffix, *best = NULL;
	json_t *value;

	pthread_mutex_lock(&lock);
	snprintf(code, SETTING_CODE_SIZE, "%s", fallback);
	json_object_foreach(results_values[which], suffix, value)
		if (ends_with(phone, suffix) && (best == NULL || strlen(suffix) > strlen(best))) {
			best = suffix;
			snprintf(code, SETTING_CODE_SIZE, "%s", json_string_value(value));
		}
	pthread_mutex_unlock(&lock);
}

static const char *
set_number(size_t i, const json_t *value, bool apply)
{
	int64_t n = json_is_boolean(value) ? json_is_true(value) : json_integer_value(value);

	if ((!json_is_integer(value) && !json_is_boolean(value)) || n < 0 || n > numbers[i].max)
		return "out of range";
	if (apply)
		number_values[i] = n;
	return NULL;
}

static const char *
set_text(size_t i, const json_t *value, bool apply)
{
	const char *text = json_is_null(value) ? "" : json_string_value(value);

	if (text == NULL || strlen(text) >= SETTING_TEXT_SIZE)
		return "not a text of at most 511 bytes";
	if (*text != '\0' && strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0)
		return "not an http or https address";
	if (apply)
		snprintf(text_values[i], SETTING_TEXT_SIZE, "%s", text);
	return NULL;
}

static const char *
set_results(size_t i, json_t *value, bool apply)
{
	const char *suffix;
	json_t *code;

	if (!json_is_object(value) || json_object_size(value) > 1000)
		return "not an object of at most 1000 {suffix: code}";
	json_object_foreach(value, suffix, code)
		if (!json_is_string(code) || json_string_length(code) >= SETTING_CODE_SIZE)
			return "a code is a text of at most 7 bytes";
	if (apply) {
		json_decref(results_values[i]);
		results_values[i] = json_deep_copy(value);
	}
	return NULL;
}

static const char *
set_locked(const char *name, const json_t *value, bool apply, bool *known)
{
	*known = true;
	for (size_t i = 0; i < SETTING_NUMBERS; i++)
		if (strcmp(numbers[i].name, name) == 0)
			return set_number(i, value, apply);
	for (size_t i = 0; i < SETTING_TEXTS; i++)
		if (strcmp(text_names[i], name) == 0)
			return set_text(i, value, apply);
	for (size_t i = 0; i < SETTING_RESULTS; i++)
		if (strcmp(results_names[i], name) == 0) {
			json_t *copy = json_deep_copy(value);
			const char *wrong = set_results(i, copy, apply);

			json_decref(copy);
			return wrong;
		}
	*known = false;
	return NULL;
}

const char *
settings_set(const char *name, const json_t *value, bool apply, bool *known)
{
	const char *wrong;

	pthread_mutex_lock(&lock);
	wrong = set_locked(name, value, apply, known);
	pthread_mutex_unlock(&lock);
	return wrong;
}

void
settings_describe(json_t *object)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < SETTING_NUMBERS; i++)
		json_object_set_new(object, numbers[i].name, json_integer(number_values[i]));
	for (size_t i = 0; i < SETTING_TEXTS; i++)
		json_object_set_new(object, text_names[i], json_string(text_values[i]));
	for (size_t i = 0; i < SETTING_RESULTS; i++)
		json_object_set_new(object, results_names[i], json_deep_copy(results_values[i]));
	pthread_mutex_unlock(&lock);
}

void
settings_reset(void)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < SETTING_NUMBERS; i++)
		number_values[i] = numbers[i].fallback;
	snprintf(text_values[SETTING_TOSS_WEBHOOK_URL], SETTING_TEXT_SIZE, "%s",
	    conf.toss_webhook_url);
	snprintf(text_values[SETTING_IMP_WEBHOOK_URL], SETTING_TEXT_SIZE, "%s",
	    conf.imp_webhook_url);
	for (size_t i = 0; i < SETTING_RESULTS; i++)
		json_decref(results_values[i]);
	results_values[SETTING_SMS_RESULTS] = json_object();
	results_values[SETTING_ALIMTALK_RESULTS] =
	    json_pack("{s:s, s:s}", "3018", "3018", "3008", "3008");
	pthread_mutex_unlock(&lock);
}
