/* Keeps the list of failure rules and deals them out to requests. */
#include "deploy/sandbox/switches.h"
#include "deploy/sandbox/settings.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define RULES_MAX 64
#define MATCH_SIZE 128
#define DELAY_MAX_MS INT64_C(600000)

static const char *const mode_names[] = {
	[SWITCH_NONE] = "none",
	[SWITCH_DECLINE] = "decline",
	[SWITCH_TIMEOUT_BEFORE] = "timeout_before",
	[SWITCH_TIMEOUT_AFTER] = "timeout_after",
	[SWITCH_GARBAGE] = "garbage",
	[SWITCH_GARBAGE_AFTER] = "garbage_after",
	[SWITCH_LATE] = "late",
	[SWITCH_ERROR500] = "error500",
	[SWITCH_ERROR500_AFTER] = "error500_after",
	[SWITCH_REFUSE] = "refuse",
};

#define MODES (sizeof(mode_names) / sizeof(mode_names[0]))

struct rule {
	char endpoint[48];
	char match[MATCH_SIZE];
	struct switch_fault fault;
	int64_t times;			/* 0 is without end */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rule rules[RULES_MAX];
static size_t rule_count;

static void
remove_rule(size_t i)
{
	rule_count--;
	memmove(&rules[i], &rules[i + 1], (rule_count - i) * sizeof(rules[0]));
}

static int64_t
default_delay(enum switch_mode mode)
{
	return settings_number(mode == SWITCH_LATE ? SETTING_LATE_MS : SETTING_TIMEOUT_MS);
}

struct switch_fault
switches_take(const char *endpoint, switch_match_fn *matches, void *request)
{
	struct switch_fault fault = { 0 };

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < rule_count; i++) {
		struct rule *r = &rules[i];

		if (strcmp(r->endpoint, endpoint) != 0)
			continue;
		if (r->match[0] != '\0' && !matches(request, r->match))
			continue;
		fault = r->fault;
		if (r->times > 0 && --r->times == 0)
			remove_rule(i);
		break;
	}
	pthread_mutex_unlock(&lock);
	if (fault.delay_ms < 0)
		fault.delay_ms = default_delay(fault.mode);
	return fault;
}

static enum switch_mode
mode_by_name(const char *name)
{
	for (size_t i = 0; name != NULL && i < MODES; i++)
		if (strcmp(mode_names[i], name) == 0)
			return (enum switch_mode)i;
	return SWITCH_NONE;
}

/* Copies an optional text member; false when it is no text or too long. */
static bool
copy_text(const json_t *value, const char *name, char *to, size_t room)
{
	const json_t *member = json_object_get(value, name);

	to[0] = '\0';
	if (member == NULL)
		return true;
	if (!json_is_string(member) || json_string_length(member) >= room)
		return false;
	memcpy(to, json_string_value(member), json_string_length(member) + 1);
	return true;
}

static bool
copy_number(const json_t *value, const char *name, int64_t fallback, int64_t max, int64_t *to)
{
	const json_t *member = json_object_get(value, name);

	*to = member == NULL ? fallback : json_integer_value(member);
	return member == NULL || (json_is_integer(member) && *to >= 0 && *to <= max);
}

static const char *
read_rule(const char *endpoint, const json_t *value, struct rule *r)
{
	*r = (struct rule){ 0 };
	if (!json_is_object(value))
		return "a switch is an object, an array of objects, or null";
	snprintf(r->endpoint, sizeof(r->endpoint), "%s", endpoint);
	r->fault.mode = mode_by_name(json_string_value(json_object_get(value, "mode")));
	if (r->fault.mode == SWITCH_NONE)
		return "unknown mode";
	if (!copy_text(value, "code", r->fault.code, sizeof(r->fault.code)))
		return "code is a text of at most 63 bytes";
	if (!copy_text(value, "match", r->match, sizeof(r->match)))
		return "match is a text of at most 127 bytes";
	if (!copy_number(value, "times", 0, INT64_MAX, &r->times))
		return "times is a number from 0";
	if (!copy_number(value, "delay_ms", -1, DELAY_MAX_MS, &r->fault.delay_ms))
		return "delay_ms is a number from 0 to 600000";
	return NULL;
}

static void
remove_rules_of(const char *endpoint)
{
	for (size_t i = rule_count; i-- > 0;)
		if (strcmp(rules[i].endpoint, endpoint) == 0)
			remove_rule(i);
}

static const char *
add_rule(const char *endpoint, const json_t *value, bool apply)
{
	struct rule r;
	const char *wrong = read_rule(endpoint, value, &r);

	if (wrong != NULL || !apply)
		return wrong;
	if (rule_count == RULES_MAX)
		return "there are 64 rules already";
	rules[rule_count++] = r;
	return NULL;
}

const char *
switches_set(const char *endpoint, const json_t *value, bool apply)
{
	const char *wrong = NULL;

	pthread_mutex_lock(&lock);
	if (apply)
		remove_rules_of(endpoint);
	if (json_is_array(value))
		for (size_t i = 0; i < json_array_size(value) && wrong == NULL; i++)
			wrong = add_rule(endpoint, json_array_get(value, i), apply);
	else if (!json_is_null(value))
		wrong = add_rule(endpoint, value, apply);
	pthread_mutex_unlock(&lock);
	return wrong;
}

static json_t *
describe(const struct rule *r)
{
	json_t *out = json_pack("{s:s}", "mode", mode_names[r->fault.mode]);

	if (r->fault.code[0] != '\0')
		json_object_set_new(out, "code", json_string(r->fault.code));
	if (r->match[0] != '\0')
		json_object_set_new(out, "match", json_string(r->match));
	if (r->times > 0)
		json_object_set_new(out, "times", json_integer(r->times));
	if (r->fault.delay_ms >= 0)
		json_object_set_new(out, "delay_ms", json_integer(r->fault.delay_ms));
	return out;
}

void
switches_describe(json_t *object)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < rule_count; i++) {
		json_t *list = json_object_get(object, rules[i].endpoint);

		if (list == NULL) {
			list = json_array();
			json_object_set_new(object, rules[i].endpoint, list);
		}
		json_array_append_new(list, describe(&rules[i]));
	}
	pthread_mutex_unlock(&lock);
}

void
switches_reset(void)
{
	pthread_mutex_lock(&lock);
	rule_count = 0;
	pthread_mutex_unlock(&lock);
}
