/* POST /api/event-keys: a program outside may hear what the operator says. */
#include "common/audit/audit.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/proto/public_events.gen.h"
#include "gen/services/auth/event_key/create.sql.h"
#include "services/auth/event_key/secret.h"

#define NAME(event) &event##_event,
static const struct event_type *const public_events[] = { PUBLIC_EVENTS(NAME) };
#undef NAME

static bool
is_public(struct text type)
{
	for (size_t i = 0; i < COUNT_OF(public_events); i++)
		if (text_is(type, public_events[i]->type))
			return true;
	return false;
}

/* A misspelt type would otherwise be a subscriber that hears nothing. */
static const struct err *
check_types(struct req *rq, const struct event_key_create_in *in)
{
	struct err_fields fs = { .rq = rq };

	for (size_t i = 0; i < in->n_types; i++)
		if (!is_public(in->types[i]))
			err_field_add(&fs, arena_printf(rq->mem, "/types/%zu", i), "unknown", "no public event is called that");
	return err_fields_done(&fs);
}

const struct err *
event_key_create(struct req *rq, const struct event_key_create_in *in, struct event_key_secret *out)
{
	struct sql_event_key_insert_in row = { .id = uuid_new(), .name = in->name, .types = in->types,
		.n_types = in->n_types, .by = rq->user, .now = rq->now_us };
	int64_t n;

	TRY(check_types(rq, in));
	if (in->has_company_id)
		row.company = in->company_id;
	*out = (struct event_key_secret){ .key_id = row.id, .secret = event_secret_new(rq->mem, &row.digest) };
	TRY(sql_event_key_insert(rq, &row, &n));
	if (n == 0)
		return FAIL(rq, RULE, "event_key.no_company", "there is no such company");
	LOG(rq, INFO, "event_key.created", kv_u("key", row.id), kv_u("by", rq->user));
	return audit_put(rq, &(struct audit){ .action = "event_key.created", .subject = row.id, .company = row.company,
		.type = &event_key_create_in_type, .after = in });
}
