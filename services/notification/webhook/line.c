/* The line out: the key of the secrets, the client, and one slow receiver not taking all threads. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/id.h"
#include "common/core/text.h"
#include "common/provider/stranger.h"
#include "common/token/digest.h"
#include "services/notification/webhook/webhook.h"

/* At most half of the threads (common/svc) for one endpoint of a replica. */
enum { PARALLEL = 8, SHARE = 4, CONNECT_MS = 5000 };

struct webhook_line {
	struct strangers *strangers;
	struct keylist  keys;
	pthread_mutex_t lock;                /* guards in_hand; takes no other */
	struct uuid     in_hand[PARALLEL];   /* nil: free */
};

const struct err *
webhook_line_open(struct req *rq, struct webhook_line **out, const struct notification_config *config)
{
	struct keylist keys;

	if (!keylist_parse(config->webhook_key, &keys))
		return FAIL(rq, INVALID, "config.key", "DURE_WEBHOOK_KEY is not a list of 32 bytes in base64");
	struct webhook_line *line = calloc(1, sizeof(*line));
	SURE(line != NULL);
	line->keys = keys;
	line->strangers = strangers_open(&(struct strangers_config){ .connect_timeout_ms = CONNECT_MS,
		.timeout_ms = (int)config->webhook_timeout_ms, .max_parallel = PARALLEL, .private_too = config->webhook_private });
	SURE(pthread_mutex_init(&line->lock, NULL) == 0);
	*out = line;
	return NULL;
}

void
webhook_line_close(struct webhook_line **out)
{
	struct webhook_line *line = *out;

	*out = NULL;
	if (line == NULL)
		return;
	strangers_close(&line->strangers);
	(void)pthread_mutex_destroy(&line->lock);
	explicit_bzero(&line->keys, sizeof(line->keys));
	free(line);
}

struct strangers *
webhook_line_strangers(struct webhook_line *line)
{
	return line->strangers;
}

const struct keylist *
webhook_line_keys(const struct webhook_line *line)
{
	return &line->keys;
}

bool
webhook_line_enter(struct webhook_line *line, struct uuid webhook)
{
	struct uuid *free_slot = NULL;
	int share = 0;

	(void)pthread_mutex_lock(&line->lock);
	for (size_t i = 0; i < PARALLEL; i++) {
		share += uuid_eq(line->in_hand[i], webhook);
		if (uuid_is_nil(line->in_hand[i]))
			free_slot = &line->in_hand[i];
	}
	bool in = share < SHARE && free_slot != NULL;
	if (in)
		*free_slot = webhook;
	(void)pthread_mutex_unlock(&line->lock);
	return in;
}

void
webhook_line_leave(struct webhook_line *line, struct uuid webhook)
{
	struct uuid *slot = line->in_hand;

	(void)pthread_mutex_lock(&line->lock);
	while (slot < line->in_hand + PARALLEL && !uuid_eq(*slot, webhook))
		slot++;
	SURE(slot < line->in_hand + PARALLEL);
	*slot = (struct uuid){ { 0 } };
	(void)pthread_mutex_unlock(&line->lock);
}
