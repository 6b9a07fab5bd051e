/* A call made out of its contract. */
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/contract_types.gen.h"
#include "tests/scenario/matrix/matrix.h"

#define NOBODYS "01926f00-0000-7000-8000-00000000dead"

const struct msg_type *
matrix_input(const struct gateway_route *route)
{
	const char *name = kit_print("%s_in", route->name);

	for (size_t i = 0; i < n_contract_types; i++)
		if (strcmp(contract_types[i]->name, name) == 0)
			return contract_types[i];
	return NULL;
}

/* Operators belong to no company, and a public call is for everybody: there any id will do. */
const struct belonging *
matrix_belonging(const struct matrix *m, const struct gateway_route *route, const struct msg_field *f)
{
	static const struct belonging anything = { "", NOBODYS, true }, nothing = { "", NOBODYS, false };

	if (f->kind != MSG_UUID)
		return NULL;
	for (size_t i = 0; i < m->n_belongings; i++)
		if (strcmp(m->belongings[i].name, f->name) == 0)
			return m->of_nobody && !m->belongings[i].for_everybody ? &nothing : &m->belongings[i];
	if ((route->who & WHO_STAFF) == 0)
		return &anything;
	kit_fail("%s takes an id called %s: say in belongings[] of tests/scenario/tenants.c which one the buyer has",
	    route->name, f->name);
}

static int64_t
number(const struct msg_field *f)
{
	int64_t n = f->min > 1 || (f->min == f->max && f->min != 0) ? f->min : 1;

	return f->multiple > 0 ? (n + f->multiple - 1) / f->multiple * f->multiple : n;
}

static const char *
tomorrow(void)
{
	char at[TIME_CHARS + 1];

	time_print(clock_real_us() + INT64_C(86400) * 1000000, at);
	return kit_print("%s", at);
}

static const char *
letters(int64_t n)
{
	const char *text = "a";

	while ((int64_t)strlen(text) < n)
		text = kit_print("%sa", text);
	return text;
}

static const char *
plain_text(const struct msg_field *f)
{
	if (f->values != NULL)
		return f->values[0];
	switch (f->format) {
	case MSG_PHONE: return "01000000009";
	case MSG_EMAIL: return "nobody@example.com";
	case MSG_URI:   return "https://example.com/in";
	case MSG_ANY: case MSG_LINE: case MSG_TOKEN: return letters(f->min);
	}
	return "";
}

/* As it stands in a path or a query. */
static const char *
word(const struct matrix *m, const struct gateway_route *route, const struct msg_field *f)
{
	switch (f->kind) {
	case MSG_BOOL: return "true";
	case MSG_I32: case MSG_I64: return kit_print("%lld", (long long)number(f));
	case MSG_TEXT: return plain_text(f);
	case MSG_UUID: return matrix_belonging(m, route, f)->value;
	case MSG_TIME: return tomorrow();
	case MSG_BYTES: return "AAAA";
	case MSG_OBJECT: case MSG_JSON: return "{}";
	}
	return "";
}

static const char *object(const struct matrix *m, const struct gateway_route *route, const struct msg_type *type,
    const struct msg_field *more);

static const char *
value(const struct matrix *m, const struct gateway_route *route, const struct msg_field *f)
{
	bool bare = f->kind == MSG_BOOL || f->kind == MSG_I32 || f->kind == MSG_I64 || f->kind == MSG_JSON;
	const char *one = f->kind == MSG_OBJECT ? object(m, route, f->object, NULL) :
	    kit_print(bare ? "%s" : "\"%s\"", word(m, route, f));

	return (f->flags & MSG_LIST) != 0 ? kit_print("[%s]", one) : one;
}

static const char *
object(const struct matrix *m, const struct gateway_route *route, const struct msg_type *type, const struct msg_field *more)
{
	const char *json = "";

	for (size_t i = 0; i < type->n_fields; i++) {
		const struct msg_field *f = &type->fields[i];
		bool needed = (f->flags & MSG_REQUIRED) != 0 || (f->flags & MSG_LIST && f->min_items > 0);

		if (f->where == MSG_IN_BODY && (needed || (more != NULL && f == more)))
			json = kit_print("%s%s\"%s\":%s", json, *json != '\0' ? "," : "", f->name, value(m, route, f));
	}
	return kit_print("{%s}", json);
}

static bool
has_body(const struct msg_type *type)
{
	for (size_t i = 0; type != NULL && i < type->n_fields; i++)
		if (type->fields[i].where == MSG_IN_BODY)
			return true;
	return false;
}

static const char *
body(const struct matrix *m, const struct gateway_route *route, const struct msg_field *more)
{
	const struct msg_type *type = matrix_input(route);

	for (size_t i = 0; i < m->n_bodies; i++)
		if (strcmp(m->bodies[i].route, route->name) == 0)
			return m->bodies[i].json;
	return has_body(type) ? object(m, route, type, more) : NULL;
}

static const struct msg_field *
named(const struct msg_type *type, struct text name)
{
	for (size_t i = 0; type != NULL && i < type->n_fields; i++)
		if (type->fields[i].where == MSG_IN_PATH && text_is(name, type->fields[i].name))
			return &type->fields[i];
	return NULL;
}

static const char *
path(const struct matrix *m, const struct gateway_route *route)
{
	struct text rest = text_of(route->path + 1);
	const char *filled = "";

	while (rest.at != NULL) {
		struct text part = text_cut(&rest, '/'), name = { part.at + 1, part.len > 1 ? part.len - 2 : 0 };
		const struct msg_field *f = part.len > 0 && part.at[0] == '{' ? named(matrix_input(route), name) : NULL;

		filled = f != NULL ? kit_print("%s/%s", filled, word(m, route, f)) :
		    kit_print("%s/%.*s", filled, TEXT_ARG(part));
	}
	return filled;
}

static const char *
target(const struct matrix *m, const struct gateway_route *route, const struct msg_field *more)
{
	const struct msg_type *type = matrix_input(route);
	const char *all = path(m, route), *sign = "?";

	for (size_t i = 0; type != NULL && i < type->n_fields; i++) {
		const struct msg_field *f = &type->fields[i];

		if (f->where != MSG_IN_QUERY || ((f->flags & MSG_REQUIRED) == 0 && f != more))
			continue;
		all = kit_print("%s%s%s=%s", all, sign, f->name, word(m, route, f));
		sign = "&";
	}
	return all;
}

struct kit_reply
matrix_call(struct matrix *m, const struct gateway_route *route, const struct msg_field *more, const char *authorization)
{
	static const char *const methods[] = { [HTTP_GET] = "GET", [HTTP_POST] = "POST", [HTTP_PUT] = "PUT",
		[HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE" };
	const char *key = kit_print("Idempotency-Key: matrix-%zu", m->cases++);

	if (authorization == NULL)
		return kit_http(m->suite, methods[route->method], target(m, route, more), body(m, route, more), key,
		    "If-Match: \"1\"");
	return kit_http(m->suite, methods[route->method], target(m, route, more), body(m, route, more), key, "If-Match: \"1\"",
	    authorization);
}
