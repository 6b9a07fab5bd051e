-- What happened against what was told of it: a payment by its key, a cancellation by the id in the payload (an id of 36
-- characters stands behind two bytes, of which "escape" makes five characters); for as long as events are kept.
WITH told AS MATERIALIZED (
	SELECT b.type, CASE WHEN b.type IN ('payment.settled', 'payment.failed', 'payment.cancelled') THEN b.key::text
	           ELSE substring(encode(b.payload, 'escape') FROM 'cancelId.{5}([0-9a-f-]{36})') END AS id
	  FROM outbox b
	 WHERE b.type IN ('payment.settled', 'payment.failed', 'payment.cancelled', 'payment.refunded', 'payment.cancel_requested',
	                  'payment.cancel_failed')
	   AND b.occurred_at >= current_setting('check.now')::timestamptz - interval '13 days'
), happened AS MATERIALIZED (
	SELECT CASE m.status WHEN 'paid' THEN 'payment.settled' ELSE 'payment.' || m.status END AS type, m.payment_id AS id,
	       m.moved_at AS at
	  FROM payment_move m WHERE m.status IN ('paid', 'failed', 'cancelled')
	UNION ALL
	SELECT 'payment.cancel_requested', c.id, c.requested_at FROM cancellation c
	UNION ALL
	SELECT 'payment.refunded', c.id, c.ended_at FROM cancellation c WHERE c.status = 'refunded'
	UNION ALL
	SELECT 'payment.cancel_failed', c.id, c.ended_at FROM cancellation c WHERE c.status = 'failed'
)
SELECT coalesce(h.id, t.id), format('%s happened %s times and was told %s times', coalesce(h.type, t.type),
       coalesce(h.n, 0), coalesce(t.n, 0))
  FROM (SELECT type, id::text AS id, count(*) AS n FROM happened
         WHERE at >= current_setting('check.now')::timestamptz - interval '13 days' GROUP BY type, id) h
  FULL JOIN (SELECT type, id, count(*) AS n FROM told GROUP BY type, id) t ON t.type = h.type AND t.id = h.id
 WHERE h.n IS DISTINCT FROM t.n;
