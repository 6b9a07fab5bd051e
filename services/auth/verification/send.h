/* A code on its way to a phone, and what such messages may cost. */
#ifndef AUTH_VERIFICATION_SEND_H
#define AUTH_VERIFICATION_SEND_H
#include "common/core/req.h"

struct code_ask {
	struct text phone;
	const char *purpose;           /* "signup" or "reset" */
	struct text belongs_to;        /* digest of the sign-up or of the reset */
	bool        trusted;           /* asked for from where the owner of the phone was before */
	bool        real;              /* false: nobody has this phone, so nothing is sent, and no code will be right */
	/* What went to this phone so far for those who are as trusted, read behind verification_phone_lock. */
	bool        has_last_sent_at;
	int64_t     last_sent_at, sent_today;
};

/* In the transaction at hand: may a code be sent? Then it is counted and *refused is NULL. Else *refused says why not, and
 * the transaction must be committed none the less, because an alarm may stand in it. */
const struct err *code_allowed(struct req *rq, const struct code_ask *ask, const struct err **refused) MUST_USE;
/* Behind that: writes the code and puts its event. */
const struct err *code_send(struct req *rq, const struct code_ask *ask) MUST_USE;
#endif
