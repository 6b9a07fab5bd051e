/* The steps of the events that messaging hears; the list is listens.def. */
#ifndef MESSAGING_ON_ON_H
#define MESSAGING_ON_ON_H
#include "common/inbox/inbox.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/proto/commerce/commerce_events.gen.h"

#define LISTEN(event, version, step) \
	const struct err *step(struct req *rq, const struct event##_v##version *ev) MUST_USE;
#include "services/messaging/listens.def"
#undef LISTEN
#endif
