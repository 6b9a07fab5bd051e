/* What waits, who is behind, what may go. */
#include "common/outbox/house.h"

#include "common/core/text.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/outbox/outbox.h"
#include "gen/common/outbox/outbox.sql.h"

METRIC(unsent, GAUGE, "dure_outbox_unsent", NULL,
    "Committed events that the relay has not numbered and sent yet, counted to 100,000; 0 where the relay does not lead");
METRIC(oldest, SECONDS, "dure_outbox_oldest_unsent_seconds", NULL, "Age of the oldest of them");
METRIC(lag, GAUGE, "dure_outbox_subscriber_lag", "subscriber",
    "Events of this publisher that a program outside has not asked beyond, by event key");
METRIC(silent_s, GAUGE, "dure_outbox_subscriber_silent_seconds", "subscriber",
    "Seconds since a program outside has asked, by event key");
METRIC(silent, GAUGE, "dure_outbox_subscribers_silent", NULL,
    "Programs outside that have not asked for seven days; what they miss is kept for thirty");

static int64_t
days_us(int64_t days)
{
	return days * 86400 * 1000000;
}

static void
gauge_subscriber(struct req *rq, const struct sql_outbox_subscribers_row *row)
{
	const char *name = arena_copy(rq->mem, row->name).at;

	metric_set(&lag, name, row->behind);
	metric_set(&silent_s, name, (rq->now_us - row->asked_at) / 1000000);
}

/* The line is written once for each that falls silent while this replica is at work. */
static const struct err *
gauge_subscribers(struct req *rq)
{
	static int64_t known_silent;
	struct sql_outbox_subscribers_row *rows;
	int64_t n_silent = 0;
	size_t n;

	TRY(sql_outbox_subscribers(rq, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		gauge_subscriber(rq, &rows[i]);
		n_silent += rq->now_us - rows[i].asked_at >= days_us(OUTBOX_SILENT_DAYS);
	}
	if (n_silent > known_silent)
		LOG(rq, ERROR, "outbox.subscriber_silent", kv_i("silent", n_silent), kv_i("days", OUTBOX_SILENT_DAYS));
	known_silent = n_silent;
	metric_set(&silent, NULL, n_silent);
	return NULL;
}

const struct err *
house_gauge(struct req *rq)
{
	struct sql_outbox_backlog_row row;

	TRY(sql_outbox_backlog(rq, &row));
	metric_set(&unsent, NULL, row.n);
	metric_set_us(&oldest, NULL, row.has_oldest ? rq->now_us - row.oldest : 0);
	return gauge_subscribers(rq);
}

void
house_leave(void)
{
	metric_set(&unsent, NULL, 0);
	metric_set_us(&oldest, NULL, 0);
}

const struct err *
house_sweep(struct req *rq, int64_t *gone)
{
	int64_t latest = rq->now_us - days_us(OUTBOX_KEEP_MOST_DAYS), n;
	struct sql_outbox_sweep_row row;

	TRY(sql_outbox_forget_subscribers(rq, latest, &n));
	TRY(sql_outbox_sweep(rq, rq->now_us - days_us(OUTBOX_KEEP_DAYS), latest, &row));
	*gone = row.n;
	return NULL;
}
