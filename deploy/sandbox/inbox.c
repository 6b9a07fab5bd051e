/* Keeps a bounded ring of everything sent and lists it as JSON. */
#include "deploy/sandbox/inbox.h"
#include "deploy/sandbox/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 10000
#define CONTENT_MAX ((size_t)64 << 10)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct inbox_item ring[ITEMS_MAX];
static uint64_t last_seq;

/* JSON takes UTF-8 only, and a mail may hold anything: what is not UTF-8 is shown with question
 * marks rather than lost. */
static void
make_readable(char *text)
{
	json_t *probe = json_string(text);

	for (; probe == NULL && *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			*text = '?';
	json_decref(probe);
}

static char *
copy(const char *text)
{
	char *copied = text != NULL ? strndup(text, text_fit(text, CONTENT_MAX)) : NULL;

	if (copied != NULL)
		make_readable(copied);
	return copied;
}

static void
clear(struct inbox_item *item)
{
	free(item->to);
	free(item->kind);
	free(item->from);
	free(item->subject);
	free(item->content);
	free(item->template_code);
	free(item->status);
	free(item->code);
	*item = (struct inbox_item){ 0 };
}

void
inbox_add(const struct inbox_entry *entry)
{
	struct inbox_item *item;
	int64_t now = clock_now();

	pthread_mutex_lock(&lock);
	last_seq++;
	item = &ring[last_seq % ITEMS_MAX];
	clear(item);
	*item = (struct inbox_item){
		.seq = last_seq,
		.at_us = now,
		.due = entry->due,
		.kind = copy(entry->kind),
		.to = copy(entry->to),
		.from = copy(entry->from),
		.subject = copy(entry->subject),
		.content = copy(entry->content),
		.template_code = copy(entry->template_code),
		.status = copy(entry->status),
		.code = copy(entry->code),
	};
	pthread_mutex_unlock(&lock);
}

/* The sequence goes on: a reader that waits for numbers after its last must not wait forever. */
void
inbox_reset(void)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < ITEMS_MAX; i++)
		clear(&ring[i]);
	pthread_mutex_unlock(&lock);
}

static bool
passes(const struct inbox_item *item, const struct inbox_filter *f)
{
	if (f->kind != NULL && (item->kind == NULL || strcmp(item->kind, f->kind) != 0))
		return false;
	return f->to == NULL || (item->to != NULL && strcmp(item->to, f->to) == 0);
}

static uint64_t
oldest_seq(void)
{
	return last_seq >= ITEMS_MAX ? last_seq - ITEMS_MAX + 1 : 1;
}

static uint64_t
first_to_show(const struct inbox_filter *f)
{
	uint64_t from = oldest_seq() > f->after ? oldest_seq() : f->after + 1, seq;
	size_t found = 0;

	if (!f->newest)
		return from;
	for (seq = last_seq; seq >= from && seq > 0; seq--) {
		const struct inbox_item *item = &ring[seq % ITEMS_MAX];

		if (item->seq == seq && passes(item, f) && ++found == f->limit)
			return seq;
	}
	return from;
}

uint64_t
inbox_each(const struct inbox_filter *f, void (*see)(const struct inbox_item *, void *), void *arg)
{
	size_t shown = 0;
	uint64_t next;

	pthread_mutex_lock(&lock);
	next = last_seq;
	for (uint64_t seq = first_to_show(f); seq <= last_seq; seq++) {
		const struct inbox_item *item = &ring[seq % ITEMS_MAX];

		if (item->seq != seq || !passes(item, f))
			continue;
		if (shown == f->limit) {
			next = seq - 1;
			break;
		}
		see(item, arg);
		shown++;
	}
	pthread_mutex_unlock(&lock);
	return next;
}

static void
append_item(const struct inbox_item *item, void *arg)
{
	bool known = due_passed(item->due);
	char at[CLOCK_TEXT];

	clock_iso(item->at_us, at);
	json_array_append_new(arg, json_pack(
	    "{s:I, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s, s:s?, s:s?}",
	    "seq", (json_int_t)item->seq, "kind", item->kind, "to", item->to, "from", item->from,
	    "subject", item->subject, "content", item->content,
	    "templateCode", item->template_code, "at", at,
	    "status", known ? item->status : "processing", "code", known ? item->code : NULL));
}

void
inbox_list(struct request *rq, struct reply *rep)
{
	json_t *items = json_array();
	int64_t after = request_query_number(rq, "after", -1);
	int64_t limit = request_query_number(rq, "limit", 100);
	struct inbox_filter f = {
		.to = request_query(rq, "to"),
		.kind = request_query(rq, "kind"),
		.after = after > 0 ? (uint64_t)after : 0,
		.limit = limit > 0 && limit <= ITEMS_MAX ? (size_t)limit : 100,
		.newest = after < 0,
	};
	uint64_t last = inbox_each(&f, append_item, items);

	free(f.to);
	free(f.kind);
	reply_json(rep, 200, json_pack("{s:o, s:I}", "items", items, "last", (json_int_t)last));
}
