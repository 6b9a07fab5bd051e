/* Configuration from the environment. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config/config.h"

struct shop {
	const char *name, *key, *must, *faults, *faults_file;
	int64_t seats;
	bool open;
};

static const struct config_key keys[] = {
#define CONFIG_OF struct shop
#include "common/config/rows.h"
CONFIG_TEXT(name, "corner", 0, "the name")
CONFIG_TEXT(key, "builtin", CONFIG_SECRET, "the key")
CONFIG_TEXT(must, NULL, CONFIG_REQUIRED, "what must be | given")
CONFIG_TEXT(faults, NULL, 0, "points")
CONFIG_TEXT(faults_file, NULL, 0, "file of points")
CONFIG_INT(seats, 4, 1, 9, 0, "seats in all")
CONFIG_BOOL(open, true, 0, "whether it is open")
#include "common/config/end.h"
};
static char said[4096], path[64];
static struct shop shop;

static int
read_shop(void)
{
	FILE *problems = fmemopen(said, sizeof(said), "w");
	int n;

	memset(said, 0, sizeof(said));
	cr_assert_not_null(problems);
	n = config_read(keys, COUNT_OF(keys), &shop, problems);
	(void)fclose(problems);
	return n;
}

static void
set(const char *name, const char *value)
{
	cr_assert_eq(setenv(name, value, 1), 0);
}

static void
set_file(const char *variable, const void *bytes, size_t len)
{
	FILE *f;

	(void)snprintf(path, sizeof(path), "/tmp/dure_config_test.%d", (int)getpid());
	f = fopen(path, "w");
	cr_assert_not_null(f);
	cr_assert_eq(fwrite(bytes, 1, len, f), len);
	(void)fclose(f);
	set(variable, path);
}

static void remove_file(void) { (void)unlink(path); }
TestSuite(config, .fini = remove_file);

Test(config, defaults_hold_where_nothing_is_set)
{
	set("DURE_MUST", "x");
	set("DURE_NAME", "");
	cr_assert_eq(read_shop(), 0, "%s", said);
	cr_assert_str_eq(shop.name, "corner");
	cr_assert_str_eq(shop.must, "x");
	cr_assert_null(shop.faults);
	cr_assert_eq(shop.seats, 4);
	cr_assert(shop.open);
}

Test(config, every_problem_is_listed_and_no_value_is_quoted)
{
	set("DURE_SEATS", "12");
	set("DURE_OPEN", "maybe");
	set("DURE_KEY", "hunter2");
	set("DURE_KEY_FILE", "/tmp/x");
	set("DURE_NAME_FILE", "/nonexistent/name");
	cr_assert_eq(read_shop(), 5, "%s", said);
	cr_assert_not_null(strstr(said, "DURE_SEATS must be a whole number from 1 to 9"));
	cr_assert_not_null(strstr(said, "DURE_OPEN must be true or false"));
	cr_assert_not_null(strstr(said, "DURE_KEY and DURE_KEY_FILE are both set"));
	cr_assert_not_null(strstr(said, "DURE_NAME_FILE: cannot read /nonexistent/name"));
	cr_assert_not_null(strstr(said, "DURE_MUST is missing"));
	cr_assert_null(strstr(said, "hunter2"));
	cr_assert_eq(shop.seats, 4, "what has a problem keeps its default");
}

Test(config, numbers_are_whole)
{
	static const char *const wrong[] = { "1.5", "0x5", " 5", "5 ", "+5", "99999999999999999999",
		"0", "-1" };

	set("DURE_MUST", "x");
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		set("DURE_SEATS", wrong[i]);
		cr_assert_eq(read_shop(), 1, "%s", wrong[i]);
	}
	set("DURE_SEATS", "9");
	cr_assert_eq(read_shop(), 0);
	cr_assert_eq(shop.seats, 9);
}

Test(config, a_file_gives_the_value_without_its_last_newline)
{
	set("DURE_MUST", "x");
	set_file("DURE_KEY_FILE", "line one\nline two\n", 18);
	cr_assert_eq(read_shop(), 0, "%s", said);
	cr_assert_str_eq(shop.key, "line one\nline two");
	set_file("DURE_KEY_FILE", "", 0);
	cr_assert_eq(read_shop(), 0);
	cr_assert_str_eq(shop.key, "");
}

Test(config, a_file_with_nul_or_too_much_is_a_problem)
{
	char *large = calloc(1, CONFIG_FILE_MAX + 1);

	set("DURE_MUST", "x");
	set_file("DURE_KEY_FILE", "a\0b", 3);
	cr_assert_eq(read_shop(), 1);
	cr_assert_not_null(strstr(said, "NUL"));
	memset(large, 'a', CONFIG_FILE_MAX + 1);
	set_file("DURE_KEY_FILE", large, CONFIG_FILE_MAX + 1);
	cr_assert_eq(read_shop(), 1);
	cr_assert_not_null(strstr(said, "too large"), "%s", said);
	set_file("DURE_KEY_FILE", large, CONFIG_FILE_MAX);
	cr_assert_eq(read_shop(), 0);
	set("DURE_KEY_FILE", "/tmp");
	cr_assert_eq(read_shop(), 1, "a directory");
	free(large);
}

Test(config, an_empty_file_does_not_satisfy_a_required_text)
{
	set_file("DURE_MUST_FILE", "\n", 1);
	cr_assert_eq(read_shop(), 1);
	cr_assert_not_null(strstr(said, "DURE_MUST"), "%s", said);
}

Test(config, a_key_named_like_a_file_form_is_only_itself)
{
	set("DURE_MUST", "x");
	set("DURE_FAULTS_FILE", "/nonexistent/points");
	cr_assert_eq(read_shop(), 0, "%s", said);
	cr_assert_null(shop.faults);
	cr_assert_str_eq(shop.faults_file, "/nonexistent/points");
}

extern char **environ;

Test(config, a_secret_leaves_the_environment_and_its_memory)
{
	char here[] = "DURE_KEY=correct horse";

	set("DURE_MUST", "x");
	cr_assert_eq(putenv(here), 0);
	cr_assert_eq(read_shop(), 0);
	cr_assert_str_eq(shop.key, "correct horse");
	cr_assert_null(getenv("DURE_KEY"));
	for (size_t i = strlen("DURE_KEY="); i < sizeof(here); i++)
		cr_assert_eq(here[i], 0);
	cr_assert_str_eq(getenv("DURE_MUST"), "x", "what is no secret stays");
}

Test(config, unknown_variables_are_told)
{
	static const struct config_key *const tables[] = { keys, config_common_keys };
	size_t n_keys[] = { COUNT_OF(keys), config_common_n_keys };
	FILE *problems = fmemopen(said, sizeof(said), "w");

	set("DURE_NAME", "a");
	set("DURE_NAME_FILE", "a");
	set("DURE_LISTEN", "a");
	set("DURE_REDIS_URL_FILE", "a");
	set("DURE_FAULTS_FILE", "a");
	set("DURE_FAULTS_FILE_FILE", "a");
	set("DURE_SEATS_FILE", "only texts have a file form");
	set("DURE_NAMES", "typo");
	set("DURES", "not ours");
	cr_assert_eq(config_unknown(tables, n_keys, 2, problems), 2, "%s", said);
	(void)fclose(problems);
	cr_assert_not_null(strstr(said, "DURE_NAMES is not"));
	cr_assert_not_null(strstr(said, "DURE_SEATS_FILE is not"));
	cr_assert_null(strstr(said, "typo"));
}

Test(config, help_and_markdown_name_every_variable_and_no_secret)
{
	FILE *out = fmemopen(said, sizeof(said), "w");

	config_help(keys, COUNT_OF(keys), out);
	config_markdown(keys, COUNT_OF(keys), out);
	(void)fclose(out);
	cr_assert_not_null(strstr(said, "DURE_NAME[_FILE]  the name [default corner]"), "%s", said);
	cr_assert_not_null(
	    strstr(said, "DURE_SEATS  seats in all (1 to 9) [default 4]"), "%s", said);
	cr_assert_not_null(
	    strstr(said, "| `DURE_MUST` | none, required | what must be \\| given |"), "%s", said);
	cr_assert_not_null(strstr(said, "| `DURE_OPEN` | true | whether it is open |"), "%s", said);
	cr_assert_null(strstr(said, "builtin"));
	cr_assert_not_null(strstr(said, "DURE_FAULTS  points"), "%s", said);
}

Test(config, the_common_table_reads_into_its_struct)
{
	struct config_common c;

	set("DURE_LISTEN", "127.0.0.1:8101");
	set("DURE_HTTP_THREADS", "100");
	cr_assert_eq(config_read(config_common_keys, config_common_n_keys, &c, stderr), 0);
	cr_assert_str_eq(c.listen, "127.0.0.1:8101");
	cr_assert_eq(c.http_threads, 100);
	cr_assert_eq(c.body_max_bytes, 1048576);
	cr_assert_str_eq(c.stage, "dev");
}
