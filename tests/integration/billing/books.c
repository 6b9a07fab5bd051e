/* What must hold of the books, whatever happened. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "tests/integration/billing/till.h"

/* Each selects what is wrong, as one text a row. */
static const char *const invariants[] = {
	"SELECT 'events ' || type || ' of ' || key || ': ' || sum(n) FROM (SELECT type, key, 1 AS n FROM outbox"
	" WHERE type NOT IN ('payment.alarmed', 'audit.recorded')"
	" UNION ALL SELECT 'payment.settled', id, -1 FROM payment WHERE paid_at IS NOT NULL"
	" UNION ALL SELECT 'payment.failed', id, -1 FROM payment WHERE status = 'failed'"
	" UNION ALL SELECT 'payment.cancelled', id, -1 FROM payment WHERE status = 'cancelled'"
	" UNION ALL SELECT 'payment.cancel_requested', user_id, -1 FROM cancellation"
	" UNION ALL SELECT 'payment.cancel_failed', user_id, -1 FROM cancellation WHERE status = 'failed'"
	" UNION ALL SELECT 'payment.refunded', payment_id, -1 FROM cancellation WHERE status = 'refunded'"
	" UNION ALL SELECT 'plan.opened', company_id, -1 FROM plan) x GROUP BY type, key HAVING sum(n) <> 0",
	"SELECT 'the last move of ' || p.id FROM payment p WHERE p.status IS DISTINCT FROM"
	" (SELECT status FROM payment_move m WHERE m.payment_id = p.id ORDER BY m.id DESC LIMIT 1)",
	"SELECT 'moved out of an end: ' || payment_id FROM (SELECT payment_id, status, lag(status) OVER (PARTITION BY"
	" payment_id ORDER BY id) AS was FROM payment_move) m WHERE was IN ('failed', 'cancelled', 'refunded')"
	" OR (was IN ('paid', 'partially_refunded') AND status NOT IN ('partially_refunded', 'refunded'))",
	"SELECT 'nobody looks after ' || p.id FROM payment p WHERE p.status IN ('created', 'confirming', 'unknown',"
	" 'waiting_deposit') AND NOT EXISTS (SELECT FROM jobs j WHERE j.key = p.id::text)",
	"SELECT 'nobody looks after cancellation ' || id FROM cancellation c WHERE status IN ('held', 'unknown')"
	" AND NOT EXISTS (SELECT FROM jobs j WHERE j.key = c.id::text AND j.kind = 'payment_cancel')",
	"SELECT 'nobody looks after review ' || id FROM payment_review r WHERE state = 'cancelling'"
	" AND NOT EXISTS (SELECT FROM jobs j WHERE j.key = r.id::text AND j.kind = 'review_cancel')",
	"SELECT 'sums of ' || p.id FROM payment p LEFT JOIN cancellation c ON c.payment_id = p.id GROUP BY p.id"
	" HAVING p.refunded_krw <> coalesce(sum(c.amount_krw) FILTER (WHERE c.status = 'refunded'), 0)"
	" OR p.reserved_krw <> coalesce(sum(c.amount_krw) FILTER (WHERE c.status NOT IN ('refused', 'failed')), 0)",
	"SELECT 'state of ' || id FROM payment WHERE (status = 'refunded') <> (refunded_krw = amount_krw)"
	" OR (status = 'partially_refunded') <> (refunded_krw > 0 AND refunded_krw < amount_krw)",
};

/* There is as much at the provider as the books say: what was paid less what was given back, and nothing of what has
 * ended without money unless a person or a job is at it. */
static void
check_captures(void)
{
	const char *rows = kit_sql(k, "SELECT order_id, CASE WHEN paid_at IS NULL THEN 0 ELSE amount_krw - refunded_krw END"
	    " FROM payment p WHERE status IN ('paid', 'failed', 'cancelled', 'partially_refunded', 'refunded')"
	    " AND NOT EXISTS (SELECT FROM payment_review r WHERE r.payment_id = p.id AND r.state <> 'cancelled')"
	    " AND NOT EXISTS (SELECT FROM cancellation c WHERE c.payment_id = p.id AND c.status IN ('held', 'unknown'))");
	char *copy = strdup(rows), *rest = copy, *row;

	while ((row = strsep(&rest, "\n")) != NULL && *row != '\0') {
		const char *order_id = strsep(&row, "|");

		cr_expect_eq(captured(order_id) - given_back(order_id), atoll(row), "%s: %lld are there, %s in the books", order_id,
		    (long long)(captured(order_id) - given_back(order_id)), row);
	}
	free(copy);
}

void
till_check(void)
{
	for (size_t i = 0; i < COUNT_OF(invariants); i++) {
		const char *broken = kit_sql(k, "%s", invariants[i]);

		cr_expect_str_eq(broken, "", "%s", broken);
	}
	check_captures();
}
