/* Command: a user loses a company. */
#include "services/auth/member/remove.h"
#include <stdio.h>
#include <string.h>
#include "common/audit/audit.h"
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/outbox/outbox.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/services/auth/member/remove.sql.h"
#include "services/auth/session/state.h"

struct leaving {
	struct text                  phone, code;
	struct uuid                  user;
	struct sql_member_remove_row was;
	struct sql_member_wake_row   now;
	bool                         elsewhere;
	struct session_ids           sessions;
};

static const struct err *
tell(struct req *rq, const struct leaving *l)
{
	TRY(audit_put(rq, &(struct audit){ .action = "membership.removed", .subject = l->user, .company = l->was.company_id,
		.was = AUDIT_OF(kv_t("state", l->was.state), kv_t("template", l->was.template)) }));
	if (!l->elsewhere)
		return NULL;
	return audit_put(rq, &(struct audit){ .action = "membership.resumed", .subject = l->user,
		.company = l->now.company_id, .was = AUDIT_OF(kv_s("state", "dormant")),
		.is = AUDIT_OF(kv_s("state", "member"), kv_t("template", l->now.template)) });
}

static const struct err *
leave(struct req *rq, void *arg)
{
	struct leaving *l = arg;
	struct sql_member_user_lock_row user;
	bool found;

	TRY(sql_member_user_lock(rq, l->phone, &user, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "user.not_found", "no user has this phone");
	l->user = user.user_id;
	TRY(sql_member_remove(rq, user.user_id, l->code, &l->was, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "member.not_found", "this user is not there to be removed");
	TRY(sql_member_wake(rq, user.user_id, &l->now, &l->elsewhere));
	TRY(sessions_changed(rq, &user.user_id, 1, &l->sessions));
	TRY(tell(rq, l));
	FAULT_POINT("member.removing");
	rq->company = l->was.company_id;
	return outbox_put(rq, &membership_ended_v1_event, user.user_id, &(struct membership_ended_v1){
		.user_id = user.user_id, .company_id = l->was.company_id, .ended_at = rq->now_us });
}

const struct err *
command_member(struct req *rq, int argc, char **argv)
{
	struct leaving l = { 0 };

	if (argc < 3 || argc > 4 || strcmp(argv[1], "remove") != 0)
		return FAIL(rq, INVALID, "command.usage", "member remove <phone> [company code]");
	if (!text_phone(rq->mem, text_of(argv[2]), &l.phone))
		return FAIL(rq, INVALID, "command.phone", "%s is not a Korean mobile number", argv[2]);
	l.code = argc == 4 ? text_of(argv[3]) : (struct text){ NULL, 0 };
	TRY(db_tx(rq, TX_WRITE, leave, &l));
	FAULT_POINT("member.removed");
	(void)printf("before   %.*s of company %.*s, template %.*s\n", TEXT_ARG(l.was.state), TEXT_ARG(l.was.code),
	    TEXT_ARG(l.was.template));
	if (l.elsewhere)
		(void)printf("after    member of company %.*s, template %.*s\n", TEXT_ARG(l.now.code), TEXT_ARG(l.now.template));
	else
		(void)printf("after    not in company %.*s\n", TEXT_ARG(l.was.code));
	(void)printf("sessions %zu\n", l.sessions.n);
	return sessions_copy(rq, &l.sessions);
}
