/* The steps of the events that notification hears; the list is listens.def. */
#ifndef NOTIFICATION_ON_ON_H
#define NOTIFICATION_ON_ON_H
#include "common/inbox/inbox.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/proto/billing/billing_events.gen.h"
#include "gen/proto/commerce/commerce_events.gen.h"

#define LISTEN(event, version, step) \
	const struct err *step(struct req *rq, const struct event##_v##version *ev) MUST_USE;
#include "services/notification/listens.def"
#undef LISTEN
#endif
