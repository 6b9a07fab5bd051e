/* Alarms: made once per fact, numbered per user, read by page and by number. */
#ifndef NOTIFICATION_ALARM_ALARM_H
#define NOTIFICATION_ALARM_ALARM_H
#include "common/core/buf.h"
#include "common/jobs/jobs.h"
#include "gen/proto/notification/notification.gen.h"

/* Part of the contract with the front end, never given another meaning. */
enum alarm_kind {
	ALARM_ORDER_RECEIVED = 100, ALARM_PREPARING = 101, ALARM_SHIPPED = 102, ALARM_DELIVERING = 103,
	ALARM_DELIVERED = 104, ALARM_POINTS_CREDITED = 105, ALARM_ORDER_REFUNDED = 106, ALARM_ORDER_CANCELLED = 107,
	ALARM_POINTS_GRANTED = 108, ALARM_POINTS_EXPIRED = 109, ALARM_COUPON_ISSUED = 111,
	ALARM_PASSWORD_CHANGED = 110,
	ALARM_SMS_CAPPED = 120, ALARM_PAYMENT = 121
};

enum { ALARM_PAGE = 100 };               /* alarms of one read for a socket: 100 of 1 kB fit a packet well */

struct alarm_new {
	struct uuid     user, company, source_id;
	enum alarm_kind kind;
	struct text     source_kind;     /* "order", "points", "reminder": what source_id names */
	struct text     message;         /* plain text */
	struct text     path;            /* where the front end goes: "/points"; .at NULL: nowhere */
	struct text     params;          /* JSON object: what the message was made of */
};

/* In the transaction at hand: the user's next number, the row, and alarm.added. The same source and kind again does
 * nothing; at the same moment in two transactions the second is CONFLICT "unique.alarm_source", to be tried again.
 * Locks the user's counter until the end: who adds for several users does so in the order of their ids. */
const struct err *alarm_add(struct req *rq, const struct alarm_new *a) MUST_USE;

/* The newest `ask` alarms of a user with numbers below `before`, and how many of all are unread. One round trip. By
 * number, not by id: ids of one millisecond stand in no order. */
struct alarm_rows { struct alarm *items; size_t n; int64_t unread; };
const struct err *alarm_newest(struct req *rq, struct uuid user, int64_t before, int32_t ask,
    struct alarm_rows *out) MUST_USE;
/* At most ALARM_PAGE alarms behind that number, in order; unread is not told. */
const struct err *alarm_after(struct req *rq, struct uuid user, int64_t number, struct alarm_rows *out) MUST_USE;

/* One of the caller's own, else alarm_unknown(). */
const struct err *alarm_one(struct req *rq, struct uuid id, struct alarm *out) MUST_USE;
/* NOT_FOUND "alarm.unknown" */
const struct err *alarm_unknown(struct req *rq) MUST_USE;

/* The object that a socket gets: {"alarmId":…,"number":…,…}. */
void alarm_write(struct buf *to, const struct alarm *a);

/* Nightly: alarms that are two weeks old go. */
const struct err *alarm_reap_job(struct req *rq, const struct job *job);
#endif
