/* What an operator sees of parked events, and the wish to have them tried again. */
#include <stdio.h>

#include "common/audit/audit.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/inbox/inbox.h"
#include "common/pack/pack.h"
#include "gen/common/inbox/inbox.sql.h"

enum { SHOWN_BYTES = 6 * OUTBOX_MAX_PAYLOAD };

const struct err *
inbox_parked_list(struct req *rq)
{
	struct sql_inbox_parked_all_row *rows;
	char id[UUID_CHARS + 1], at[TIME_CHARS + 1];
	size_t n;

	TRY(sql_inbox_parked_all(rq, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		uuid_print(rows[i].event_id, id);
		time_print(rows[i].parked_at, at);
		printf("%s  %s  %.*s/%d/%lld  %.*s  tries %d%s  %.*s\n", id, at,
		    TEXT_ARG(rows[i].publisher), rows[i].partition, (long long)rows[i].seq,
		    TEXT_ARG(rows[i].type), rows[i].tries, rows[i].redriving ? "  (redriving)" : "",
		    TEXT_ARG(rows[i].reason));
	}
	printf("%zu parked\n", n);
	return NULL;
}

static void
print_id(const char *name, struct uuid u)
{
	char id[UUID_CHARS + 1];

	uuid_print(u, id);
	printf("%-12s %s\n", name, id);
}

static void
print_time(const char *name, int64_t us)
{
	char at[TIME_CHARS + 1];

	time_print(us, at);
	printf("%-12s %s\n", name, at);
}

/* A hole has no envelope, and one that could not be read says so in its reason. */
static void
print_envelope(struct req *rq, struct text bytes)
{
	struct buf payload = buf_in(rq->mem, SHOWN_BYTES);
	struct envelope e;

	if (bytes.len == 0 || envelope_read(rq, bytes, &e) != NULL)
		return;
	printf("%-12s %d\n", "version", e.version);
	print_time("occurred", e.occurred_us);
	if (!uuid_is_nil(e.tenant))
		print_id("company", e.tenant);
	printf("%-12s %.*s\n", "trace", TEXT_ARG(e.trace));
	if (pack_to_json(e.payload, &payload) && !payload.overflow)
		printf("%-12s %.*s\n", "payload", TEXT_ARG(buf_as_text(&payload)));
}

const struct err *
inbox_parked_show(struct req *rq, struct uuid event_id)
{
	struct sql_inbox_parked_whole_row row;
	bool found;

	TRY(sql_inbox_parked_whole(rq, event_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "parked.not_found", "no such parked event");
	print_id("event", event_id);
	printf("%-12s %.*s\n%-12s %.*s, partition %d, seq %lld\n", "type", TEXT_ARG(row.type), "publisher",
	    TEXT_ARG(row.publisher), row.partition, (long long)row.seq);
	print_id("key", row.key);
	print_envelope(rq, row.envelope);
	print_time("parked", row.parked_at);
	printf("%-12s %d%s\n%-12s %.*s\n%-12s %lld, this one included\n", "tries", row.tries,
	    row.redriving ? ", being tried again" : "", "reason", TEXT_ARG(row.reason), "of its key", (long long)row.of_key);
	return NULL;
}

const struct err *
inbox_parked_redrive(struct req *rq, struct uuid event_id, bool dry)
{
	struct sql_inbox_parked_find_row row;
	bool found;
	int64_t n;

	TRY(sql_inbox_parked_find(rq, event_id, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "parked.not_found", "no such parked event");
	printf("%.*s/%d/%lld  %.*s  tries %d  %.*s\n", TEXT_ARG(row.publisher), row.partition,
	    (long long)row.seq, TEXT_ARG(row.type), row.tries, TEXT_ARG(row.reason));
	if (dry) {
		printf("would redrive the %lld parked events of its key\n", (long long)row.of_key);
		return NULL;
	}
	TRY(sql_inbox_redrive_ask(rq, row.publisher, row.partition, row.key, rq->now_us, &n));
	printf("asked the service to redrive the %lld parked events of its key\n", (long long)n);
	return audit_put(rq, &(struct audit){ .action = "parked_event.redriven", .subject = event_id,
		.is = AUDIT_OF(kv_t("type", row.type), kv_t("publisher", row.publisher), kv_i("events", n)) });
}
