/* A new password and what goes with it. */
#ifndef AUTH_PASSWORD_SET_H
#define AUTH_PASSWORD_SET_H
#include "common/core/req.h"
#include "services/auth/session/state.h"

struct new_password {
	struct uuid user, kept;        /* kept: the session that lives on, nil for none */
	struct text checked_phc;       /* what the caller proved to know; .at NULL: the phone was proven instead */
	struct text phc;
};

/* In the transaction at hand: the hash, the end of the sessions, password.changed. *set is false, and nothing happened, when
 * the password is another one by now. *ended is for sessions_copy() after the commit. */
const struct err *password_set(struct req *rq, const struct new_password *p, struct session_ids *ended, bool *set) MUST_USE;
#endif
