/* POST /api/password-resets: a code goes to the phone, if somebody has it. Whether somebody has cannot be seen: the same rows
 * are written, the same limits count, the same is answered. */
#include "common/core/clock.h"
#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/db/db.h"
#include "common/http/http.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/services/auth/password_reset/start.sql.h"
#include "gen/services/auth/verification/send.sql.h"
#include "services/auth/auth.h"
#include "services/auth/signup/token.h"
#include "services/auth/throttle/device.h"
#include "services/auth/verification/send.h"

struct starting { struct text digest, phone; bool known_device; const struct err *refused; };

static const struct err *
send_code(struct req *rq, void *arg)
{
	struct starting *s = arg;
	struct sql_password_reset_find_row row;
	struct code_ask ask;

	TRY(sql_verification_phone_lock(rq, s->phone));
	TRY(sql_password_reset_find(rq, s->phone, rq->client_ip, s->known_device, day_start_us(day_in_seoul(rq->now_us)), &row));
	ask = (struct code_ask){ .phone = s->phone, .purpose = "reset", .belongs_to = s->digest, .trusted = row.trusted,
		.real = !uuid_is_nil(row.user_id), .has_last_sent_at = row.has_last_sent_at, .last_sent_at = row.last_sent_at,
		.sent_today = row.sent_today };
	TRY(code_allowed(rq, &ask, &s->refused));
	if (s->refused != NULL)
		return NULL;
	TRY(sql_password_reset_insert(rq, s->digest, s->phone, row.user_id, rq->now_us,
	    rq->now_us + seconds_us(auth_of(rq)->config->reset_life_s)));
	return code_send(rq, &ask);
}

const struct err *
password_reset_start(struct req *rq, const struct password_reset_start_in *in, struct password_reset_token *out)
{
	const struct auth_config *config = auth_of(rq)->config;
	struct starting s = { .phone = in->phone,
		.known_device = in->has_device_token && device_id(rq, in->phone, in->device_token).len > 0 };

	out->token = handle_new(rq);
	s.digest = handle_digest(rq, out->token);
	TRY(db_tx(rq, TX_WRITE, send_code, &s));
	FAULT_POINT("reset.code_written");
	out->expires_in_seconds = (int32_t)config->reset_life_s;
	out->code_expires_in_seconds = (int32_t)config->code_life_s;
	out->resend_in_seconds = (int32_t)config->code_resend_s;
	return s.refused;
}
