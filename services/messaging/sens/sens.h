/* Naver Cloud SENS v2: text messages and KakaoTalk notices. https://api.ncloud-docs.com/docs/sens-overview */
#ifndef MESSAGING_SENS_SENS_H
#define MESSAGING_SENS_SENS_H
#include "common/core/req.h"

enum { SMS_MAX_BYTES = 90, LMS_MAX_BYTES = 2000 };     /* EUC-KR bytes, sens-sms-send */

enum sens_verdict {
	SENS_ACCEPTED,      /* 202: on its way; id is what to ask for */
	SENS_DELIVERED,
	SENS_UNDELIVERED,   /* final; code says why ("3018": no KakaoTalk there) */
	SENS_PENDING,       /* accepted, no result yet */
	SENS_REFUSED,       /* the call was refused for good */
	SENS_ABSENT,        /* no such message there */
	SENS_UNCLEAR,       /* no answer, or one that settles nothing: look before sending again */
};

struct sens_answer { enum sens_verdict verdict; struct text id, code; };

struct sens_message {
	const char *channel;              /* "sms", "lms" or "alimtalk" */
	struct text phone, content;
	struct text template_code;        /* alimtalk */
};

/* None of these fails: what cannot be told is SENS_UNCLEAR. They wait for the network and must not stand in a
 * transaction. */
void sens_send(struct req *rq, const struct sens_message *m, struct sens_answer *out);
/* What became of a message: id as sens_send() gave it. */
void sens_result(struct req *rq, const char *channel, struct text id, struct sens_answer *out);
/* SENS has no idempotency key. Was this message (by phone, kind and content) accepted since `since_us`? ACCEPTED with
 * its id, ABSENT or UNCLEAR: asked before a send whose outcome is unknown is repeated. */
void sens_find(struct req *rq, const struct sens_message *m, int64_t since_us, struct sens_answer *out);
#endif
