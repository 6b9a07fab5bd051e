/* What is open at the provider and what waits for an operator, as gauges. */
#include "common/metrics/metrics.h"
#include "gen/services/billing/payment/gauge.sql.h"
#include "services/billing/billing.h"

METRIC(payments, GAUGE, "dure_payments_open", NULL, "Charges that are confirming or unknown, counted to 10,000");
METRIC(payment_age, SECONDS, "dure_payments_oldest_open_seconds", NULL, "Age of the oldest of them, from its intent");
METRIC(cancellations, GAUGE, "dure_cancellations_open", NULL, "Parts of charges on their way back, counted to 10,000");
METRIC(cancellation_age, SECONDS, "dure_cancellations_oldest_open_seconds", NULL, "Age of the oldest of them");
METRIC(reviews, GAUGE, "dure_payment_reviews_open", NULL, "Captures that are not as the books say and wait for an operator");

const struct err *
billing_gauge(struct req *rq)
{
	struct sql_billing_gauges_row row;

	TRY(sql_billing_gauges(rq, &row));
	metric_set(&payments, NULL, row.open_payments);
	metric_set_us(&payment_age, NULL, row.has_oldest_payment ? rq->now_us - row.oldest_payment : 0);
	metric_set(&cancellations, NULL, row.open_cancellations);
	metric_set_us(&cancellation_age, NULL, row.has_oldest_cancellation ? rq->now_us - row.oldest_cancellation : 0);
	metric_set(&reviews, NULL, row.open_reviews);
	return NULL;
}
