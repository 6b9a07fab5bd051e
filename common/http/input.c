/* Everything a request says, read into the step's struct: path, query, headers, body. */
#include "common/core/text.h"
#include "common/http/door.h"
#include "common/json/json.h"

/* What one request is read with; seen[i] tells that field i of the type was given. */
struct reading {
	struct req            *rq;
	const struct msg_type *type;
	struct err_fields      wrong;
	bool                  *seen;
	void                  *into;
};

static bool
read_named(struct reading *r, enum msg_where where, struct text name, struct text value)
{
	for (size_t i = 0; i < r->type->n_fields; i++) {
		const struct msg_field *f = &r->type->fields[i];
		if (f->where != where || !text_is(name, f->name))
			continue;
		r->seen[i] = true;
		json_read_field(&r->wrong, f, value, r->into);
		return true;
	}
	return false;
}

static void
read_path(struct reading *r)
{
	const struct router_match *m = &r->rq->answer->match;

	for (size_t i = 0; i < m->n_params; i++)
		SURE(read_named(r, MSG_IN_PATH, m->names[i], m->values[i]));
}

/* RFC 6901: '~' and '/' are escaped. */
static const char *
query_pointer(struct arena *mem, struct text name)
{
	struct buf to = buf_in(mem, 3 * name.len + 16);

	buf_str(&to, "/query/");
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] == '~' || name.at[i] == '/')
			buf_str(&to, name.at[i] == '~' ? "~0" : "~1");
		else
			buf_byte(&to, (uint8_t)name.at[i]);
	}
	buf_byte(&to, '\0');
	return to.at;
}

static const struct err *
read_query(struct reading *r)
{
	struct query_pair pairs[ROUTER_MAX_QUERY];
	size_t n;

	if (!query_parse(r->rq->mem, r->rq->answer->in->query, pairs, &n))
		return FAIL(r->rq, INVALID, "request.query", "The query is malformed, too long or names something twice");
	for (size_t i = 0; i < n; i++)
		if (!read_named(r, MSG_IN_QUERY, pairs[i].name, pairs[i].value))
			err_field_add(&r->wrong, query_pointer(r->rq->mem, pairs[i].name), "unknown", "There is no such parameter");
	return NULL;
}

/* A field "xTenantId" stands in the header "X-Tenant-Id": dashes and case do not count. */
static bool
same_header(struct text header, const char *field)
{
	size_t i = 0;

	for (size_t k = 0; k < header.len; k++) {
		if (header.at[k] == '-')
			continue;
		if (field[i] == '\0' || !text_eq_nocase((struct text){ &header.at[k], 1 }, (struct text){ &field[i], 1 }))
			return false;
		i++;
	}
	return field[i] == '\0';
}

static void
read_headers(struct reading *r)
{
	const struct http_request *in = r->rq->answer->in;

	for (size_t i = 0; i < r->type->n_fields; i++) {
		const struct msg_field *f = &r->type->fields[i];
		for (size_t k = 0; f->where == MSG_IN_HEADER && k < in->n_headers && !r->seen[i]; k++) {
			if (!same_header(in->headers[k].name, f->name))
				continue;
			r->seen[i] = true;
			json_read_field(&r->wrong, f, in->headers[k].value, r->into);
		}
	}
}

static const struct err *
read_body(struct reading *r)
{
	struct text body = r->rq->answer->in->body;
	size_t n;

	if (body.len == 0) {
		json_missing(&r->wrong, r->type, MSG_IN_BODY, r->into, r->seen);
		return NULL;
	}
	if (!http_is_json(http_header_of(r->rq->answer->in, "Content-Type", &n)) || n != 1)
		return FAIL(r->rq, BAD_TYPE, "http.content_type", "The body must be application/json");
	return json_read(r->rq, body, r->type, r->into, &r->wrong);
}

const struct err *
http_input_read(struct req *rq, void **into)
{
	static const struct msg_type nothing = { .name = "nothing" };
	const struct msg_type *type = rq->answer->route->in;
	struct reading r = { .rq = rq, .type = type != NULL ? type : &nothing, .wrong = { .rq = rq } };

	*into = NULL;
	if (type == NULL) {     /* the body, if there is one, is the step's own business */
		TRY(read_query(&r));
		return err_fields_done(&r.wrong);
	}
	r.seen = NEWS(rq->mem, bool, type->n_fields + 1);
	r.into = *into = arena_zero(rq->mem, type->size, type->align);
	read_path(&r);
	TRY(read_query(&r));
	read_headers(&r);
	json_missing(&r.wrong, type, MSG_IN_PATH, r.into, r.seen);
	json_missing(&r.wrong, type, MSG_IN_QUERY, r.into, r.seen);
	json_missing(&r.wrong, type, MSG_IN_HEADER, r.into, r.seen);
	TRY(read_body(&r));
	return err_fields_done(&r.wrong);
}
