/* PATCH and DELETE of /api/webhooks/{webhookId}. */
#include "common/audit/audit.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/http/http.h"
#include "common/log/log.h"
#include "gen/services/notification/webhook/endpoint.sql.h"
#include "services/notification/webhook/webhook.h"

/* Switched on again, or sent elsewhere, an endpoint starts without its past. */
static void
apply(const struct webhook_change_in *in, struct webhook *w)
{
	if (in->has_url)
		w->url = in->url;
	if (in->types != NULL) {
		w->types = in->types;
		w->n_types = in->n_types;
	}
	if (in->has_description) {
		w->has_description = true;
		w->description = in->description;
	}
	if (in->has_status) {
		w->status = in->status;
		w->has_disabled_reason = text_is(in->status, "disabled");
		w->disabled_reason = w->has_disabled_reason ? TEXT("operator") : (struct text){ NULL, 0 };
	}
	if (in->has_url || in->has_status) {
		w->failures = 0;
		w->has_paused_until = false;
	}
}

const struct err *
webhook_change(struct req *rq, const struct webhook_change_in *in, struct webhook *out)
{
	struct sql_webhook_lock_row row;
	struct webhook was;
	int64_t version;
	bool found;

	TRY(http_if_match(rq, &version));
	TRY(webhook_check_types(rq, in->types, in->n_types));
	TRY(sql_webhook_lock(rq, in->webhook_id, &row, &found));
	TRY(webhook_must_be(rq, found));
	if (row.version != version)
		return FAIL(rq, STALE, "webhook.stale", "the endpoint was changed meanwhile; read it again");
	was = WEBHOOK(row);
	*out = was;
	apply(in, out);
	out->updated_at = rq->now_us;
	TRY(sql_webhook_write(rq, &(struct sql_webhook_write_in){ .id = out->id, .url = out->url, .description = out->description,
		.types = out->types, .n_types = out->n_types, .status = out->status, .disabled_reason = out->disabled_reason,
		.failures = out->failures, .paused_until = out->has_paused_until ? &out->paused_until : NULL,
		.version = version + 1, .now = rq->now_us }));
	http_etag(rq, version + 1);
	LOG(rq, INFO, "webhook.changed", kv_u("webhook", out->id), kv_t("status", out->status));
	return audit_put(rq, &(struct audit){ .action = "webhook.changed", .subject = out->id, .company = out->company_id,
		.type = &webhook_type, .before = &was, .after = out });
}

const struct err *
webhook_delete(struct req *rq, const struct webhook_delete_in *in)
{
	struct sql_webhook_drop_row was;
	bool found;

	TRY(sql_webhook_drop(rq, in->webhook_id, rq->now_us, &was, &found));
	TRY(webhook_must_be(rq, found));
	LOG(rq, INFO, "webhook.deleted", kv_u("webhook", in->webhook_id));
	return audit_put(rq, &(struct audit){ .action = "webhook.deleted", .subject = in->webhook_id,
		.company = was.company_id, .was = AUDIT_OF(kv_t("url", was.url), kv_t("status", was.status)) });
}
