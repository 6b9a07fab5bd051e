/* The failures a test can switch on, endpoint by endpoint. */
#ifndef SANDBOX_SWITCHES_H
#define SANDBOX_SWITCHES_H

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum switch_mode {
	SWITCH_NONE,
	SWITCH_DECLINE,
	SWITCH_TIMEOUT_BEFORE,
	SWITCH_TIMEOUT_AFTER,
	SWITCH_GARBAGE,
	SWITCH_GARBAGE_AFTER,
	SWITCH_LATE,
	SWITCH_ERROR500,
	SWITCH_ERROR500_AFTER,
	SWITCH_REFUSE,
};

#define SWITCH_CODE_SIZE 64

struct switch_fault {
	enum switch_mode mode;
	char code[SWITCH_CODE_SIZE];
	int64_t delay_ms;
};

/* Whether text names a request that a rule is meant for. */
typedef bool switch_match_fn(void *request, const char *match);

/* Finds the first rule for the endpoint whose match the request bears, and uses it up by one. */
struct switch_fault switches_take(const char *endpoint, switch_match_fn *matches, void *request);

/* Replaces the rules of one endpoint by value: an object, an array of them, or null for none.
 * With apply false it only checks. Returns NULL, or what is wrong in a few words. */
const char *switches_set(const char *endpoint, const json_t *value, bool apply);

/* Adds each endpoint that has rules, with the rules in force, to the object. */
void switches_describe(json_t *object);
void switches_reset(void);

#endif
