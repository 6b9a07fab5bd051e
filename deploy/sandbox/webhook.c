/* Sends webhooks from a thread of its own, and again while the receiver does not answer 200. */
#include "deploy/sandbox/webhook.h"
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/digest.h"
#include "deploy/sandbox/pause.h"
#include "deploy/sandbox/settings.h"

#include <curl/curl.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_MAX 10000
#define POLL_MS 5
#define SHUFFLE_OVER_MS 1000

struct hook {
	const struct webhook_sender *sender;
	char *url, *body;
	char id[25];
	struct due due;
	size_t tries;
	struct hook *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct hook *queue, **tail = &queue;
static size_t queued;

static void
release(struct hook *h)
{
	free(h->url);
	free(h->body);
	free(h);
}

/* Appends at the end, so that what is due together leaves in the order it came. */
static void
enqueue(struct hook *h)
{
	pthread_mutex_lock(&lock);
	if (queued == QUEUE_MAX) {
		release(h);
	} else {
		h->next = NULL;
		*tail = h;
		tail = &h->next;
		queued++;
	}
	pthread_mutex_unlock(&lock);
}

static struct hook *
take_due(void)
{
	struct hook **at = &queue, *h;

	pthread_mutex_lock(&lock);
	while (*at != NULL && !due_passed((*at)->due))
		at = &(*at)->next;
	h = *at;
	if (h != NULL) {
		*at = h->next;
		if (*at == NULL)
			tail = at;
		queued--;
	}
	pthread_mutex_unlock(&lock);
	return h;
}

static int64_t
first_delay_us(void)
{
	int64_t ms = settings_number(SETTING_WEBHOOK_LATE_MS);

	if (settings_number(SETTING_WEBHOOK_SHUFFLE) != 0)
		ms += random() % SHUFFLE_OVER_MS;
	return ms * 1000;
}

static void
add_copy(const struct webhook_sender *sender, const char *url, const char *body, const char *id)
{
	struct hook *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return;
	h->sender = sender;
	h->url = strdup(url);
	h->body = strdup(body);
	memcpy(h->id, id, sizeof(h->id));
	h->due = due_in(first_delay_us());
	if (h->url != NULL && h->body != NULL)
		enqueue(h);
	else
		release(h);
}

/* A duplicate is the same transmission come twice, so it keeps the id. */
void
webhook_send(const struct webhook_sender *sender, const char *url, char *body)
{
	int64_t copies = 1 + settings_number(SETTING_WEBHOOK_DUPLICATE);
	char id[25];

	digest_random(id, sizeof(id) - 1);
	if (*url != '\0' && body != NULL)
		for (int64_t i = 0; i < copies; i++)
			add_copy(sender, url, body, id);
	free(body);
}

static size_t
discard(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

/* Ends a transfer under way when the sandbox ends. */
static int
stop_early(void *arg, curl_off_t dl_total, curl_off_t dl, curl_off_t ul_total, curl_off_t ul)
{
	(void)arg;
	(void)dl_total;
	(void)dl;
	(void)ul_total;
	(void)ul;
	return !pause_ms(0);
}

static struct curl_slist *
transmission_headers(const struct hook *h)
{
	struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
	char line[160], at[CLOCK_TEXT];

	if (h->sender->transmission == NULL)
		return list;
	clock_iso(clock_now(), at);
	snprintf(line, sizeof(line), "%s-transmission-time: %s", h->sender->transmission, at);
	list = curl_slist_append(list, line);
	snprintf(line, sizeof(line), "%s-transmission-retried-count: %zu", h->sender->transmission,
	    h->tries);
	list = curl_slist_append(list, line);
	snprintf(line, sizeof(line), "%s-transmission-id: %s", h->sender->transmission, h->id);
	return curl_slist_append(list, line);
}

static long
post(CURL *curl, const struct hook *h)
{
	struct curl_slist *headers = transmission_headers(h);
	long status = 0;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, h->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, h->body);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, stop_early);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, h->sender->timeout_ms);
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	return status;
}

static void
deliver(CURL *curl, struct hook *h)
{
	if (post(curl, h) == 200 || h->tries == h->sender->resends) {
		release(h);
		return;
	}
	h->due = due_in(h->sender->resend_after[h->tries++]);
	enqueue(h);
}

void *
webhook_run(void *unused)
{
	CURL *curl = curl_easy_init();

	(void)unused;
	while (curl != NULL && pause_ms(POLL_MS)) {
		struct hook *h;

		while ((h = take_due()) != NULL && pause_ms(0))
			deliver(curl, h);
		if (h != NULL)
			release(h);
	}
	curl_easy_cleanup(curl);
	webhook_reset();
	return NULL;
}

void
webhook_reset(void)
{
	pthread_mutex_lock(&lock);
	while (queue != NULL) {
		struct hook *h = queue;

		queue = h->next;
		release(h);
	}
	tail = &queue;
	queued = 0;
	pthread_mutex_unlock(&lock);
}
