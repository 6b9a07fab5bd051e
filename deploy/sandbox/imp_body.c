/* Reads what Iamport is sent: JSON, or a form with names such as schedules[0][amount]. */
#include "deploy/sandbox/digest.h"
#include "deploy/sandbox/imp.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NAME_PARTS_MAX 4
#define LIST_MAX 1000

/* A new container in a list or an object; NULL when the name is not UTF-8. */
static json_t *
new_child(json_t *in, const char *name, bool list)
{
	json_t *made = list ? json_array() : json_object();
	int failed = json_is_array(in) ? json_array_append_new(in, made)
	    : json_object_set_new(in, name, made);

	return failed == 0 ? made : NULL;
}

/* The container under a name, made when it is not there: a list when the next part is a number
 * or empty. NULL when there is a text already, or a number that leaves a gap. */
static json_t *
child(json_t *in, const char *name, bool list)
{
	json_t *found;

	if (json_is_array(in)) {
		size_t size = json_array_size(in);
		size_t i = *name != '\0' ? (size_t)strtoul(name, NULL, 10) : size;

		if (i > size || i >= LIST_MAX)
			return NULL;
		found = json_array_get(in, i);
	} else {
		found = json_object_get(in, name);
	}
	if (found == NULL)
		return new_child(in, name, list);
	return json_is_array(found) || json_is_object(found) ? found : NULL;
}

static void
set_value(json_t *in, const char *name, const char *value)
{
	json_t *text = json_string(value);

	if (json_is_array(in) && json_array_size(in) < LIST_MAX)
		json_array_append_new(in, text);
	else if (json_is_object(in))
		json_object_set_new(in, name, text);
	else
		json_decref(text);
}

/* Splits a[b][c] in place. */
static size_t
split_name(char *name, char *parts[NAME_PARTS_MAX])
{
	size_t n = 0;

	parts[n++] = name;
	name += strcspn(name, "[");
	while (*name == '[' && n < NAME_PARTS_MAX) {
		*name++ = '\0';
		parts[n++] = name;
		name += strcspn(name, "]");
		if (*name == ']')
			*name++ = '\0';
	}
	return n;
}

static void
add_pair(json_t *object, char *name, const char *value)
{
	char *parts[NAME_PARTS_MAX];
	size_t n = split_name(name, parts);
	json_t *in = object;

	for (size_t i = 0; i + 1 < n && in != NULL; i++) {
		const char *next = parts[i + 1];

		in = child(in, parts[i], *next == '\0' || isdigit((unsigned char)*next));
	}
	if (in != NULL)
		set_value(in, parts[n - 1], value);
}

static json_t *
read_form(const char *text)
{
	json_t *object = json_object();

	while (*text != '\0') {
		size_t len = strcspn(text, "&"), name_len = strcspn(text, "=&");
		char *name = malloc(len + 1), *value = malloc(len + 1);

		if (name != NULL && value != NULL) {
			digest_percent_decode(text, name_len, true, name);
			value[0] = '\0';
			if (name_len < len)
				digest_percent_decode(text + name_len + 1, len - name_len - 1, true,
				    value);
			add_pair(object, name, value);
		}
		free(name);
		free(value);
		text += len + (text[len] == '&');
	}
	return object;
}

json_t *
imp_body(const struct request *rq)
{
	const char *type = request_header(rq, "Content-Type");
	json_t *in;

	if (type != NULL && strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0)
		return read_form(rq->body);
	in = request_json(rq);
	if (json_is_object(in))
		return in;
	json_decref(in);
	return json_object();
}

bool
imp_whole(const json_t *object, const char *name, int64_t *value)
{
	const char *text = json_text(object, name);
	char *end;

	if (text == NULL)
		return json_whole(object, name, value);
	*value = strtoll(text, &end, 10);
	return end != text && *end == '\0';
}

size_t
imp_texts(const json_t *object, const char *name, const char **texts, size_t max)
{
	const json_t *value = json_object_get(object, name);
	size_t n = 0;

	if (json_is_string(value))
		texts[n++] = json_string_value(value);
	for (size_t i = 0; i < json_array_size(value) && n < max; i++)
		if (json_is_string(json_array_get(value, i)))
			texts[n++] = json_string_value(json_array_get(value, i));
	return n;
}

json_t *
imp_passed_on(const json_t *in)
{
	static const char *const names[] = { "name", "buyer_name", "buyer_email", "buyer_tel",
	    "buyer_addr", "buyer_postcode", "custom_data", "notice_url", "customer_name",
	    "customer_tel", "customer_email", "customer_addr", "customer_postcode", "customer_id" };
	json_t *out = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *value = json_object_get(in, names[i]);

		if (value != NULL)
			json_object_set(out, names[i], value);
	}
	return out;
}
