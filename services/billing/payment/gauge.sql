-- Each part is counted to a limit along an index of its own, however much is open.
-- billing_gauges :one
-- out: open_payments int8, oldest_payment timestamptz?, open_cancellations int8, oldest_cancellation timestamptz?,
--      open_reviews int8
SELECT (SELECT count(w.created_at) FROM (
		SELECT created_at FROM payment WHERE status IN ('confirming', 'unknown') ORDER BY created_at LIMIT 10000) w)
		AS open_payments,
	(SELECT created_at FROM payment WHERE status IN ('confirming', 'unknown') ORDER BY created_at LIMIT 1)
		AS oldest_payment,
	(SELECT count(w.requested_at) FROM (
		SELECT requested_at FROM cancellation WHERE ended_at IS NULL ORDER BY requested_at LIMIT 10000) w)
		AS open_cancellations,
	(SELECT requested_at FROM cancellation WHERE ended_at IS NULL ORDER BY requested_at LIMIT 1)
		AS oldest_cancellation,
	(SELECT count(w.id) FROM (SELECT id FROM payment_review WHERE state = 'open' ORDER BY id LIMIT 10000) w)
		AS open_reviews;
