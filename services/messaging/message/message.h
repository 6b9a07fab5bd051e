/* Messages: put by events, sent and checked by jobs. */
#ifndef MESSAGING_MESSAGE_MESSAGE_H
#define MESSAGING_MESSAGE_MESSAGE_H
#include "common/jobs/jobs.h"
#include "gen/services/messaging/message/message.sql.h"

struct new_message {
	struct uuid source_id;         /* the event's subject: with template and channel it makes the message unique */
	const char *template, *channel;
	struct text phone, content;    /* content .at NULL: the secret below is the content */
	struct text secret;            /* sealed; stands in the job alone */
	int64_t     expires_us;        /* 0: never too late */
};

/* In the transaction at hand: the message and its job; nothing when it is there already. */
const struct err *message_put(struct req *rq, const struct new_message *m, struct uuid *id) MUST_USE;
const struct err *message_send_job(struct req *rq, const struct job *job);
const struct err *message_check_job(struct req *rq, const struct job *job);
#endif
