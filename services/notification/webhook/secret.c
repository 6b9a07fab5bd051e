/* Secrets and what they sign; POST /api/webhooks/{webhookId}/secret. */
#include "common/audit/audit.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/token/digest.h"
#include "gen/services/notification/webhook/endpoint.sql.h"
#include "services/notification/webhook/webhook.h"

/* A receiver has a day to learn the new secret: meanwhile everything carries both signatures. */
static const int64_t OVERLAP_US = INT64_C(24) * 3600 * 1000000;

struct webhook_secret
webhook_secret_new(struct req *rq, struct uuid webhook)
{
	const struct text bound = { (const char *)webhook.b, sizeof(webhook.b) };
	char *bytes = NEWS(rq->mem, char, WEBHOOK_SECRET_BYTES);
	const struct text secret = { bytes, WEBHOOK_SECRET_BYTES };

	random_bytes(bytes, WEBHOOK_SECRET_BYTES);
	return (struct webhook_secret){
		.sealed = seal(rq->mem, &webhook_line_keys(notification_of(rq)->webhooks)->at[0], bound, secret),
		.shown = text_of(arena_printf(rq->mem, "whsec_%.*s", TEXT_ARG(text_base64(rq->mem, secret)))) };
}

const struct err *
webhook_secret_open(struct req *rq, struct uuid webhook, struct text sealed, struct text *secret)
{
	const struct text bound = { (const char *)webhook.b, sizeof(webhook.b) };

	if (!keylist_unseal(rq->mem, webhook_line_keys(notification_of(rq)->webhooks), bound, sealed, secret))
		return FAIL(rq, INTERNAL, "webhook.sealed", "the endpoint's secret was sealed under another DURE_WEBHOOK_KEY");
	return NULL;
}

struct text
webhook_signature(struct arena *mem, struct text secret, struct text id, int64_t timestamp_s, struct text body)
{
	const char *head = arena_printf(mem, "%.*s.%lld.", TEXT_ARG(id), (long long)timestamp_s);
	struct buf content = buf_in(mem, text_of(head).len + body.len);
	uint8_t mac[SHA256_BYTES];

	buf_str(&content, head);
	buf_text(&content, body);
	digest_hmac(secret, buf_as_text(&content), mac);
	return text_of(arena_printf(mem, "v1,%.*s", TEXT_ARG(text_base64(mem, (struct text){ (const char *)mac, sizeof(mac) }))));
}

const struct err *
webhook_secret_rotate(struct req *rq, const struct webhook_secret_rotate_in *in, struct webhook_made *out)
{
	struct webhook_secret secret = webhook_secret_new(rq, in->webhook_id);
	struct sql_webhook_lock_row row;
	char until[TIME_CHARS + 1];
	bool found;

	TRY(sql_webhook_lock(rq, in->webhook_id, &row, &found));
	TRY(webhook_must_be(rq, found));
	row.has_old_secret_until = true;
	row.old_secret_until = rq->now_us + OVERLAP_US;
	row.updated_at = rq->now_us;
	TRY(sql_webhook_secret_put(rq, row.id, secret.sealed, row.old_secret_until, row.version + 1, rq->now_us));
	*out = (struct webhook_made){ .secret = secret.shown, .webhook = WEBHOOK(row) };
	time_print(row.old_secret_until, until);
	LOG(rq, INFO, "webhook.secret_rotated", kv_u("webhook", row.id));
	return audit_put(rq, &(struct audit){ .action = "webhook.secret_rotated", .subject = row.id,
		.company = row.company_id, .is = AUDIT_OF(kv_s("oldSecretUntil", until)) });
}
