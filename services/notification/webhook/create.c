/* POST /api/webhooks: a new endpoint; the only answer beside a rotation that shows a secret. */
#include "common/audit/audit.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/http/http.h"
#include "common/log/log.h"
#include "gen/services/notification/webhook/endpoint.sql.h"
#include "services/notification/webhook/webhook.h"

/* Each public event asks for all endpoints that want it: they must stay few. */
enum { WEBHOOKS_MAX = 100 };

const struct err *
webhook_check_types(struct req *rq, const struct text *types, size_t n)
{
	struct err_fields fs = { .rq = rq };

	for (size_t i = 0; i < n; i++)
		if (webhook_event(types[i], 0) == NULL)
			err_field_add(&fs, arena_printf(rq->mem, "/types/%zu", i), "enum", "there is no public event of this type");
	return err_fields_done(&fs);
}

const struct err *
webhook_must_be(struct req *rq, bool found)
{
	return found ? NULL : FAIL(rq, NOT_FOUND, "webhook.not_found", "there is no such webhook endpoint");
}

const struct err *
webhook_create(struct req *rq, const struct webhook_create_in *in, struct webhook_made *out)
{
	struct uuid id = uuid_new();
	struct webhook_secret secret = webhook_secret_new(rq, id);
	int64_t n;

	TRY(webhook_check_types(rq, in->types, in->n_types));
	TRY(sql_webhook_insert(rq, &(struct sql_webhook_insert_in){ .id = id, .url = in->url, .description = in->description,
		.types = in->types, .n_types = in->n_types, .company_id = in->company_id, .secret = secret.sealed,
		.most = WEBHOOKS_MAX, .now = rq->now_us }, &n));
	if (n == 0)
		return FAIL(rq, RULE, "webhook.too_many", "there are %d endpoints already; delete one first", WEBHOOKS_MAX);
	*out = (struct webhook_made){ .secret = secret.shown, .webhook = { .id = id, .url = in->url, .types = in->types,
		.n_types = in->n_types, .has_company_id = in->has_company_id, .company_id = in->company_id,
		.has_description = in->has_description, .description = in->description, .status = TEXT("enabled"),
		.created_at = rq->now_us, .updated_at = rq->now_us } };
	LOG(rq, INFO, "webhook.created", kv_u("webhook", id));
	return audit_put(rq, &(struct audit){ .action = "webhook.created", .subject = id, .company = in->company_id,
		.type = &webhook_type, .after = &out->webhook });
}
