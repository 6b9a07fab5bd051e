/* Reads configuration tables from the environment. */
#include "common/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config/names.h"
#include "common/core/arena.h"
#include "common/core/text.h"

/* Every key of a service read from a file of the largest size: 64 of them. */
enum { TEXTS_MAX_BYTES = 64 * (CONFIG_FILE_MAX + 1) };

const struct config_key config_common_keys[] = {
#define CONFIG_OF struct config_common
#include "common/config/rows.h"
#include "common/config/common.def"
#include "common/config/end.h"
};
const size_t config_common_n_keys = COUNT_OF(config_common_keys);

struct reader {
	const struct config_key *keys;
	size_t n_keys;
	void *into;
	FILE *problems;
	int n_problems;
};

static void problem(struct reader *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
problem(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(r->problems, fmt, ap);
	va_end(ap);
	(void)fputc('\n', r->problems);
	r->n_problems++;
}

static const char *
set_variable(const char *variable)
{
	const char *value = getenv(variable);

	return value == NULL || *value == '\0' ? NULL : value;
}

static void
set_text(const struct config_key *key, void *into, const char *text)
{
	memcpy((char *)into + key->at, &text, sizeof(text));
}

/* Bytes of the file, NUL-terminated, on the heap; NULL with errno, EFBIG when over the limit. */
static char *
read_whole(const char *path, size_t *len)
{
	char *text = malloc(CONFIG_FILE_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC), why = errno;
	ssize_t n = -1;

	SURE(text != NULL);
	*len = 0;
	while (fd >= 0 && *len <= CONFIG_FILE_MAX) {
		n = read(fd, text + *len, CONFIG_FILE_MAX + 1 - *len);
		why = errno;
		if (n <= 0)
			break;
		*len += (size_t)n;
	}
	if (fd >= 0)
		(void)close(fd);
	if (n != 0) {
		free(text);
		errno = n > 0 ? EFBIG : why;
		return NULL;
	}
	text[*len] = '\0';
	return text;
}

/* All texts of the process: never given back, and in one place where leak checkers see them. */
static const char *
keep(const char *text)
{
	static struct arena *texts;

	if (texts == NULL)
		texts = arena_open(TEXTS_MAX_BYTES);
	return arena_text(texts, text).at;
}

static void
cut_last_newline(char *text, size_t len)
{
	if (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	if (len > 0 && text[len - 1] == '\r')
		text[--len] = '\0';
}

static const char *
read_file(struct reader *r, const char *variable, const char *path)
{
	size_t len;
	char *text = read_whole(path, &len);
	const char *kept = NULL;

	if (text == NULL) {
		problem(r, "%s: cannot read %s: %s", variable, path, strerror(errno));
		return NULL;
	}
	if (memchr(text, '\0', len) != NULL) {
		problem(r, "%s: %s holds a NUL byte", variable, path);
	} else {
		cut_last_newline(text, len);
		kept = keep(text);
	}
	explicit_bzero(text, len);
	free(text);
	return kept;
}

/* A secret leaves the environment, also where /proc/<pid>/environ looks: the bytes themselves. */
static const char *
take_value(const char *variable, bool secret)
{
	char *value = getenv(variable);
	const char *kept;

	SURE(value != NULL);
	kept = keep(value);
	if (secret) {
		explicit_bzero(value, strlen(value));
		(void)unsetenv(variable);
	}
	return kept;
}

static void
read_text(struct reader *r, const struct config_key *key)
{
	char name[CONFIG_NAME_BYTES], file_name[CONFIG_NAME_BYTES];
	bool has_file = config_file_name(r->keys, r->n_keys, key, file_name);
	const char *path = has_file ? set_variable(file_name) : NULL, *text = NULL;

	config_variable(key, name);
	if (set_variable(name) != NULL)
		text = take_value(name, (key->flags & CONFIG_SECRET) != 0);
	if (text != NULL && path != NULL)
		problem(r, "%s and %s are both set: give one", name, file_name);
	else if (path != NULL)
		text = read_file(r, file_name, path);
	if (text != NULL && *text == '\0' && key->flags & CONFIG_REQUIRED)
		problem(r, "%s is empty", file_name);
	if (text == NULL && path == NULL && key->text == NULL && key->flags & CONFIG_REQUIRED)
		problem(r, "%s is missing: %s", name, key->what);
	set_text(key, r->into, text != NULL ? text : key->text);
}

static void
read_int(struct reader *r, const struct config_key *key)
{
	char name[CONFIG_NAME_BYTES];
	const char *value;
	int64_t n = key->number;

	SURE(key->min <= key->number && key->number <= key->max);
	config_variable(key, name);
	value = set_variable(name);
	if (value != NULL && (!text_to_i64(text_of(value), &n) || n < key->min || n > key->max)) {
		problem(r, "%s must be a whole number from %lld to %lld", name, (long long)key->min,
		    (long long)key->max);
		n = key->number;
	} else if (value == NULL && key->flags & CONFIG_REQUIRED) {
		problem(r, "%s is missing: %s", name, key->what);
	}
	memcpy((char *)r->into + key->at, &n, sizeof(n));
}

static void
read_bool(struct reader *r, const struct config_key *key)
{
	char name[CONFIG_NAME_BYTES];
	const char *value;
	bool on = key->number != 0;
	struct text t;

	config_variable(key, name);
	value = set_variable(name);
	t = text_of(value);
	if (text_is(t, "true") || text_is(t, "1"))
		on = true;
	else if (text_is(t, "false") || text_is(t, "0"))
		on = false;
	else if (value != NULL)
		problem(r, "%s must be true or false", name);
	memcpy((char *)r->into + key->at, &on, sizeof(on));
}

int
config_read(const struct config_key *keys, size_t n_keys, void *into, FILE *problems)
{
	struct reader r = { keys, n_keys, into, problems, 0 };

	for (size_t i = 0; i < n_keys; i++) {
		if (keys[i].kind == CONFIG_KIND_TEXT)
			read_text(&r, &keys[i]);
		else if (keys[i].kind == CONFIG_KIND_INT)
			read_int(&r, &keys[i]);
		else
			read_bool(&r, &keys[i]);
	}
	return r.n_problems;
}
