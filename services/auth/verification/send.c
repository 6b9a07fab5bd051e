/* A code on its way to a phone.
 *
 * What is spent is counted in PostgreSQL, in the transaction that writes the code: a message that was counted was asked for
 * and the other way round, whatever dies, and a flush of Redis opens no purse. */
#include "services/auth/verification/send.h"
#include "common/core/address.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/services/auth/verification/send.sql.h"
#include "services/auth/auth.h"
#include "services/auth/verification/code.h"

/* Of sms.capped: all of them are about one purse. */
static const struct uuid purse = { { [6] = 0x70, [8] = 0x80, [15] = 1 } };

static const struct err *
too_many(struct req *rq, const char *slug, const char *detail, int64_t until_us)
{
	struct err *e = FAIL(rq, TOO_MANY, slug, "%s", detail);

	e->retry_after_s = (int)((until_us - rq->now_us + 999999) / 1000000);
	return e;
}

static const struct err *
until_tomorrow(struct req *rq, const char *slug, const char *detail)
{
	return too_many(rq, slug, detail, day_start_us(day_add_days(day_in_seoul(rq->now_us), 1)));
}

/* The operators hear of it once per scope and day; whose phone or address it was is told to nobody. */
static const struct err *
capped(struct req *rq, const char *scope, int64_t limit)
{
	int64_t first;

	LOG(rq, WARN, "sms.capped", kv_s("scope", scope));
	TRY(sql_sms_capped(rq, text_of(scope), day_in_seoul(rq->now_us), rq->now_us, &first));
	if (first == 0)
		return NULL;
	return outbox_put(rq, &sms_capped_v1_event, purse,
	    &(struct sms_capped_v1){ .scope = text_of(scope), .limit = (int32_t)limit, .capped_at = rq->now_us });
}

static const struct err *
check_phone(struct req *rq, const struct code_ask *ask, const struct err **refused)
{
	const struct auth_config *config = auth_of(rq)->config;
	int64_t next_us = ask->has_last_sent_at ? ask->last_sent_at + seconds_us(config->code_resend_s) : 0;

	if (next_us > rq->now_us)
		*refused = too_many(rq, "verification.too_soon", "wait before asking for another code", next_us);
	if (*refused != NULL || ask->sent_today < config->code_daily_max)
		return NULL;
	*refused = until_tomorrow(rq, "verification.daily_limit", "too many codes were sent to this phone today");
	return capped(rq, "phone", config->code_daily_max);
}

static const struct err *
spend(struct req *rq, const struct code_ask *ask, const struct err **refused)
{
	const struct auth_config *config = auth_of(rq)->config;
	int32_t network_max = (int32_t)config->sms_address_daily_max, day_max = (int32_t)config->sms_daily_max;
	struct sql_sms_spend_row spent;
	char network[ADDRESS_CHARS + 1];

	address_network(rq->client_ip, network);
	TRY(sql_sms_spend(rq, text_of(network), day_in_seoul(rq->now_us), network_max, day_max, ask->real, &spent));
	if (spent.network_spent > network_max) {
		*refused = until_tomorrow(rq, "sms.address_limit", "too many messages were asked for from this address today");
		return capped(rq, "ip", network_max);
	}
	if (spent.day_spent > day_max) {
		*refused = until_tomorrow(rq, "sms.day_limit", "no more messages can be sent today");
		return capped(rq, "day", day_max);
	}
	return NULL;
}

const struct err *
code_allowed(struct req *rq, const struct code_ask *ask, const struct err **refused)
{
	*refused = NULL;
	TRY(check_phone(rq, ask, refused));
	return *refused == NULL ? spend(rq, ask, refused) : NULL;
}

/* 32 bytes that no code has as its digest, but with a chance of 2⁻²⁵⁶. */
static struct text
no_code(struct req *rq)
{
	char *bytes = arena_zero(rq->mem, SHA256_BYTES, 1);

	random_bytes(bytes, SHA256_BYTES);
	return (struct text){ bytes, SHA256_BYTES };
}

const struct err *
code_send(struct req *rq, const struct code_ask *ask)
{
	int64_t expires_us = rq->now_us + seconds_us(auth_of(rq)->config->code_life_s);
	struct text code = code_new(rq), sealed;
	struct uuid id = uuid_new();
	struct text digest = code_digest(rq, id, code);

	sealed = code_sealed(rq, id, code);
	TRY(sql_verification_insert(rq, &(struct sql_verification_insert_in){ .id = id, .purpose = text_of(ask->purpose),
		.belongs_to = ask->belongs_to, .phone = ask->phone, .code_digest = ask->real ? digest : no_code(rq),
		.trusted = ask->trusted, .sent_at = rq->now_us, .expires_at = expires_us }));
	LOG(rq, INFO, "verification.requested", kv_u("verification", id), kv_phone("phone", ask->phone));
	if (!ask->real)
		return NULL;
	return outbox_put(rq, &verification_requested_v1_event, id, &(struct verification_requested_v1){
		.verification_id = id, .phone = ask->phone, .purpose = text_of(ask->purpose), .sealed_code = sealed,
		.expires_at = expires_us });
}
