/* Sends webhooks from a thread of its own, as late, as often and as mixed up as settings say. */
#ifndef SANDBOX_WEBHOOK_H
#define SANDBOX_WEBHOOK_H

#include <stddef.h>
#include <stdint.h>

struct webhook_sender {
	const char *transmission;	/* prefix of the provider's transmission headers, or NULL */
	long timeout_ms;
	const int64_t *resend_after;	/* microseconds, one per resend */
	size_t resends;
};

/* Takes the body over. Nothing is sent when url is empty. */
void webhook_send(const struct webhook_sender *sender, const char *url, char *body);

/* The thread's work, until pause_end. */
void *webhook_run(void *unused);

/* Forgets what has not been sent yet. */
void webhook_reset(void);

#endif
