/* GET and PATCH /api/alarm-switches: what a user wants to be told by e-mail and by KakaoTalk. */
#include "gen/proto/notification/notification.gen.h"
#include "gen/services/notification/switch/switch.sql.h"

#define SWITCHES(X) \
	X(email_product_service) \
	X(email_promotion) \
	X(email_customer_status) \
	X(email_add_consulting) \
	X(kakao_product_service) \
	X(kakao_promotion) \
	X(kakao_customer_status) \
	X(kakao_add_consulting)

#define OUT(name) .name##_alarm = row.name,
#define IN(name)  .name = in->has_##name##_alarm ? &in->name##_alarm : NULL,

const struct err *
switch_read(struct req *rq, struct switches *out)
{
	struct sql_switches_read_row row;

	TRY(sql_switches_read(rq, rq->user, &row));
	*out = (struct switches){ SWITCHES(OUT) };
	return NULL;
}

const struct err *
switch_change(struct req *rq, const struct switch_change_in *in, struct switches *out)
{
	struct sql_switches_change_row row;

	TRY(sql_switches_change(rq, &(struct sql_switches_change_in){ .user_id = rq->user, SWITCHES(IN) }, &row));
	*out = (struct switches){ SWITCHES(OUT) };
	return NULL;
}
