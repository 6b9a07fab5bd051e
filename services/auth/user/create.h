/* Making a user with all that belongs to one: placeholder company, templates, membership, event. */
#ifndef AUTH_USER_CREATE_H
#define AUTH_USER_CREATE_H
#include "common/core/req.h"

struct new_user { struct text phone, email, name, password_phc; bool marketing_agree; };

/* In the transaction at hand. CONFLICT "signup.phone_taken" or "signup.email_taken" when somebody was faster. */
const struct err *user_create(struct req *rq, const struct new_user *user, struct uuid *user_id,
    struct uuid *company_id) MUST_USE;
/* An operator of the installation: no company. */
const struct err *operator_create(struct req *rq, const struct new_user *user, struct uuid *user_id) MUST_USE;
#endif
