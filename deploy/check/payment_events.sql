-- What happened against what was told of it, by key; for as long as events are kept.
WITH told AS MATERIALIZED (
	SELECT b.type, b.key AS id, count(*) AS n FROM outbox b
	 WHERE b.type IN ('payment.settled', 'payment.failed', 'payment.cancelled', 'payment.refunded')
	   AND b.occurred_at >= current_setting('check.now')::timestamptz - interval '13 days'
	 GROUP BY b.type, b.key
), happened AS MATERIALIZED (
	SELECT CASE m.status WHEN 'paid' THEN 'payment.settled' WHEN 'failed' THEN 'payment.failed'
	       WHEN 'cancelled' THEN 'payment.cancelled' ELSE 'payment.refunded' END AS type, m.payment_id AS id, count(*) AS n
	  FROM payment_move m
	 WHERE m.status IN ('paid', 'failed', 'cancelled', 'partially_refunded', 'refunded')
	   AND m.moved_at >= current_setting('check.now')::timestamptz - interval '13 days'
	 GROUP BY 1, 2
)
SELECT coalesce(h.id, t.id)::text, format('%s happened %s times and was told %s times', coalesce(h.type, t.type),
       coalesce(h.n, 0), coalesce(t.n, 0))
  FROM happened h FULL JOIN told t ON t.type = h.type AND t.id = h.id
 WHERE h.n IS DISTINCT FROM t.n;
