/* Webhooks of the provider, beyond the step that takes them. */
#ifndef BILLING_PAYMENT_WEBHOOK_H
#define BILLING_PAYMENT_WEBHOOK_H
#include "common/jobs/jobs.h"
#include "services/billing/toss/toss.h"

/* Counts a webhook as forged when the provider, asked because of it, names another payment or sum. */
void payment_hint_judge(struct req *rq, const struct job *job, const struct toss_payment *said);
/* Daily: forgets the ids of old webhooks. */
const struct err *payment_hint_reap_job(struct req *rq, const struct job *job);
#endif
