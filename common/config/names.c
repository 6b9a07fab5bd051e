/* Names of configuration variables, and the search for those that nobody declared. */
#include "common/config/names.h"

#include <string.h>
#include <unistd.h>

void
config_variable(const struct config_key *key, char out[CONFIG_NAME_BYTES])
{
	int n = snprintf(out, CONFIG_NAME_BYTES, "DURE_%s", key->name);

	SURE(n > 0 && n < CONFIG_NAME_BYTES - (int)sizeof("_FILE"));
	for (char *at = out; *at != '\0'; at++) {
		if (*at >= 'a' && *at <= 'z')
			*at = (char)(*at - 'a' + 'A');
	}
}

static bool
is_declared(const struct config_key *keys, size_t n_keys, const char *variable)
{
	char name[CONFIG_NAME_BYTES];

	for (size_t i = 0; i < n_keys; i++) {
		config_variable(&keys[i], name);
		if (strcmp(name, variable) == 0)
			return true;
	}
	return false;
}

bool
config_file_name(const struct config_key *keys, size_t n_keys, const struct config_key *key,
    char out[CONFIG_NAME_BYTES])
{
	config_variable(key, out);
	(void)strncat(out, "_FILE", CONFIG_NAME_BYTES - strlen(out) - 1);
	return key->kind == CONFIG_KIND_TEXT && !is_declared(keys, n_keys, out);
}

static bool
is_file_form(const struct config_key *keys, size_t n_keys, const char *variable)
{
	char name[CONFIG_NAME_BYTES];

	for (size_t i = 0; i < n_keys; i++) {
		if (config_file_name(keys, n_keys, &keys[i], name) && strcmp(name, variable) == 0)
			return true;
	}
	return false;
}

int
config_unknown(const struct config_key *const tables[], const size_t n_keys[], size_t n_tables,
    FILE *problems)
{
	char name[CONFIG_NAME_BYTES];
	int n_problems = 0;

	for (char **at = environ; at != NULL && *at != NULL; at++) {
		size_t len = strcspn(*at, "=");
		bool known = false;
		if (strncmp(*at, "DURE_", 5) != 0)
			continue;
		(void)snprintf(name, sizeof(name), "%.*s",
		    (int)(len < sizeof(name) ? len : sizeof(name) - 1), *at);
		for (size_t i = 0; i < n_tables && !known; i++)
			known = is_declared(tables[i], n_keys[i], name) ||
			    is_file_form(tables[i], n_keys[i], name);
		if (known)
			continue;
		(void)fprintf(problems, "%s is not a variable of this service\n", name);
		n_problems++;
	}
	return n_problems;
}
