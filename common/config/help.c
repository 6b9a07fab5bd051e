/* The tables of configuration as people read them: --help and the README. */
#include "common/config/names.h"

/* The default as text; secrets have none that may be shown. */
static void
print_default(const struct config_key *key, FILE *out)
{
	if (key->flags & CONFIG_SECRET)
		(void)fputs("secret", out);
	else if (key->kind == CONFIG_KIND_INT)
		(void)fprintf(out, "%lld", (long long)key->number);
	else if (key->kind == CONFIG_KIND_BOOL)
		(void)fputs(key->number != 0 ? "true" : "false", out);
	else if (key->text != NULL && *key->text != '\0')
		(void)fputs(key->text, out);
	else
		(void)fputs("none", out);
}

static void
print_bounds(const struct config_key *key, FILE *out)
{
	if (key->kind == CONFIG_KIND_INT)
		(void)fprintf(out, " (%lld to %lld)", (long long)key->min, (long long)key->max);
}

void
config_help(const struct config_key *keys, size_t n_keys, FILE *out)
{
	char name[CONFIG_NAME_BYTES], file_name[CONFIG_NAME_BYTES];

	for (size_t i = 0; i < n_keys; i++) {
		bool has_file = config_file_name(keys, n_keys, &keys[i], file_name);
		config_variable(&keys[i], name);
		(void)fprintf(out, "  %s%s  %s", name, has_file ? "[_FILE]" : "", keys[i].what);
		print_bounds(&keys[i], out);
		(void)fputs(keys[i].flags & CONFIG_REQUIRED ? " [required; " : " [", out);
		(void)fputs("default ", out);
		print_default(&keys[i], out);
		(void)fputs("]\n", out);
	}
}

static void
print_cell(const char *text, FILE *out)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			(void)fputc('\\', out);
		(void)fputc(*text, out);
	}
}

void
config_markdown(const struct config_key *keys, size_t n_keys, FILE *out)
{
	char name[CONFIG_NAME_BYTES];

	(void)fputs("| variable | default | what it is for |\n| --- | --- | --- |\n", out);
	for (size_t i = 0; i < n_keys; i++) {
		config_variable(&keys[i], name);
		(void)fprintf(out, "| `%s` | ", name);
		print_default(&keys[i], out);
		(void)fputs(keys[i].flags & CONFIG_REQUIRED ? ", required | " : " | ", out);
		print_cell(keys[i].what, out);
		print_bounds(&keys[i], out);
		(void)fputs(" |\n", out);
	}
}
