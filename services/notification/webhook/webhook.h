/* Events told to addresses outside, by Standard Webhooks 1.0. */
#ifndef NOTIFICATION_WEBHOOK_WEBHOOK_H
#define NOTIFICATION_WEBHOOK_WEBHOOK_H
#include "common/jobs/jobs.h"
#include "gen/proto/notification/notification.gen.h"
#include "services/notification/notification.h"

enum { WEBHOOK_SECRET_BYTES = 32 };

/* ---- rows as they are answered */

#define WEBHOOK(row) (struct webhook){ .id = (row).id, .url = (row).url, .types = (row).types, .n_types = (row).n_types, \
	.has_company_id = !uuid_is_nil((row).company_id), .company_id = (row).company_id, \
	.has_description = (row).description.at != NULL, .description = (row).description, .status = (row).status, \
	.has_disabled_reason = (row).disabled_reason.at != NULL, .disabled_reason = (row).disabled_reason, \
	.failures = (row).failures, .has_paused_until = (row).has_paused_until, .paused_until = (row).paused_until, \
	.has_old_secret_until = (row).has_old_secret_until, .old_secret_until = (row).old_secret_until, \
	.created_at = (row).created_at, .updated_at = (row).updated_at }

#define WEBHOOK_DELIVERY(row) (struct webhook_delivery){ .id = (row).id, .event_id = (row).event_id, .type = (row).type, \
	.status = (row).status, .attempts = (row).attempts, .has_last_status = (row).has_last_status, \
	.last_status = (row).last_status, .has_last_failure = (row).last_failure.at != NULL, \
	.last_failure = (row).last_failure, .has_next_at = (row).has_next_at, .next_at = (row).next_at, \
	.occurred_at = (row).occurred_at, .created_at = (row).created_at, .has_settled_at = (row).has_settled_at, \
	.settled_at = (row).settled_at }

/* ---- endpoints */

/* The public event of this type and version (0: any); NULL: there is none. */
const struct event_type *webhook_event(struct text type, int32_t version);
/* INVALID "request.invalid" naming every type that is no public event. */
const struct err *webhook_check_types(struct req *rq, const struct text *types, size_t n) MUST_USE;
/* NOT_FOUND "webhook.not_found" for an endpoint that is not there. */
const struct err *webhook_must_be(struct req *rq, bool found) MUST_USE;

/* A new secret: sealed for its endpoint's row, and as its owner is told it ("whsec_…"). */
struct webhook_secret { struct text sealed, shown; };
struct webhook_secret webhook_secret_new(struct req *rq, struct uuid webhook);
/* INTERNAL "webhook.sealed" when it was sealed under another key. */
const struct err *webhook_secret_open(struct req *rq, struct uuid webhook, struct text sealed, struct text *secret) MUST_USE;

/* "v1," and the HMAC-SHA256 of "id.timestamp.body" in base64. */
struct text webhook_signature(struct arena *mem, struct text secret, struct text id, int64_t timestamp_s, struct text body);

/* ---- deliveries */

/* What is sent: {"type", "timestamp", "data"} as Standard Webhooks has it, with the event's id, version and publisher.
 * data is JSON. */
struct webhook_news {
	struct uuid event_id;
	struct text type, publisher, data;
	int32_t     version;
	int64_t     occurred_us;
};
/* A delivery of it to this endpoint, and its first job, in the caller's transaction (queued). */
const struct err *webhook_deliver(struct req *rq, struct uuid webhook, const struct webhook_news *news, struct uuid *id) MUST_USE;
/* The job of one round of a delivery, in the caller's transaction (queued). */
const struct err *webhook_put_job(struct req *rq, struct uuid delivery, int32_t round) MUST_USE;

/* The step of every public event (rq->event): one delivery for each endpoint that wants it. */
const struct err *webhook_hear(struct req *rq, const void *event) MUST_USE;

/* When to try again after the n-th attempt of a round has failed (n ≥ 1); 0: no more. Never before retry_after_s. */
int64_t webhook_next_us(int32_t n, int64_t now_us, int64_t retry_after_s);

const struct err *webhook_send_job(struct req *rq, const struct job *job) MUST_USE;
const struct err *webhook_replay_job(struct req *rq, const struct job *job) MUST_USE;
const struct err *webhook_reap_job(struct req *rq, const struct job *job) MUST_USE;

/* The command "webhooks reseal". */
const struct err *command_webhooks(struct req *rq, int argc, char **argv) MUST_USE;

/* ---- the line out */

/* Opened once; the secrets' key, the way out, and whom we are sending to. */
struct webhook_line;
struct strangers;
/* INVALID "config.key" when a key is not 32 bytes. */
const struct err *webhook_line_open(struct req *rq, struct webhook_line **out, const struct notification_config *config) MUST_USE;
void              webhook_line_close(struct webhook_line **line);
struct strangers   *webhook_line_strangers(struct webhook_line *line);
const struct keylist *webhook_line_keys(const struct webhook_line *line);
/* False while this endpoint has its share of the threads. Each entry is left again. */
bool              webhook_line_enter(struct webhook_line *line, struct uuid webhook) MUST_USE;
void              webhook_line_leave(struct webhook_line *line, struct uuid webhook);
#endif
