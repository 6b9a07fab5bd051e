/* SENS's messages in a bounded ring, found by message and by request. */
#include "deploy/sandbox/digest.h"
#include "deploy/sandbox/sens.h"
#include "deploy/sandbox/table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sens_message *ring[SENS_MESSAGES_MAX];
static uint64_t next_seq;
static struct table by_id;
static struct table by_request;		/* the first message of each request */

void
sens_lock(void)
{
	pthread_mutex_lock(&lock);
}

void
sens_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

void
sens_release(struct sens_message *m)
{
	free(m->subject);
	free(m->content);
	free(m->channel);
	free(m->template_code);
	free(m->failover_subject);
	free(m->failover_content);
	free(m);
}

static void
evict(struct sens_message **slot)
{
	struct sens_message *m = *slot, *next = ring[(m->seq + 1) % SENS_MESSAGES_MAX];

	*slot = NULL;
	table_take(&by_id, m->id);
	if (table_get(&by_request, m->request_id) == m) {
		table_take(&by_request, m->request_id);
		if (next != NULL && strcmp(next->request_id, m->request_id) == 0)
			table_put(&by_request, next->request_id, next);
	}
	sens_release(m);
}

struct sens_message *
sens_add(const struct sens_message *m)
{
	struct sens_message **slot = &ring[next_seq % SENS_MESSAGES_MAX];
	struct sens_message *kept = malloc(sizeof(*kept));

	if (kept == NULL)
		return NULL;
	if (*slot != NULL)
		evict(slot);
	*kept = *m;
	kept->seq = next_seq++;
	*slot = kept;
	table_put(&by_id, kept->id, kept);
	if (table_get(&by_request, kept->request_id) == NULL)
		table_put(&by_request, kept->request_id, kept);
	return kept;
}

struct sens_message *
sens_by_id(enum sens_kind kind, const char *id)
{
	struct sens_message *m = table_get(&by_id, id);

	return m != NULL && m->kind == kind ? m : NULL;
}

/* A request's messages were added in one go, so they lie side by side. */
void
sens_of_request(enum sens_kind kind, const char *request_id,
    void (*see)(struct sens_message *, void *), void *arg)
{
	struct sens_message *m = table_get(&by_request, request_id);

	while (m != NULL && m->kind == kind && strcmp(m->request_id, request_id) == 0) {
		uint64_t seq = m->seq + 1;

		see(m, arg);
		m = ring[seq % SENS_MESSAGES_MAX];
		if (m != NULL && m->seq != seq)
			m = NULL;
	}
}

void
sens_each(enum sens_kind kind, void (*see)(struct sens_message *, void *), void *arg)
{
	uint64_t seq = next_seq > SENS_MESSAGES_MAX ? next_seq - SENS_MESSAGES_MAX : 0;

	for (; seq < next_seq; seq++) {
		struct sens_message *m = ring[seq % SENS_MESSAGES_MAX];

		if (m != NULL && m->kind == kind)
			see(m, arg);
	}
}

void
sens_new_id(const char *prefix, char id[SENS_ID_SIZE])
{
	int64_t now = clock_now();
	char at[CLOCK_TEXT], tail[9];

	clock_kst(now, "%Y%m%d%H%M%S", at);
	digest_random(tail, sizeof(tail) - 1);
	snprintf(id, SENS_ID_SIZE, "%s-%.14s%03d-%s", prefix, at,
	    (int)(now / 1000 % 1000), tail);
}

void
sens_store_reset(void)
{
	table_clear(&by_id, NULL);
	table_clear(&by_request, NULL);
	for (size_t i = 0; i < SENS_MESSAGES_MAX; i++) {
		if (ring[i] != NULL)
			sens_release(ring[i]);
		ring[i] = NULL;
	}
}
