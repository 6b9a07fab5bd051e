-- What happened against what was told of it, by the id in the payload; for as long as events are kept. In msgpack an
-- id of 36 characters stands behind two bytes, of which "escape" makes five characters.
WITH told AS MATERIALIZED (
	SELECT b.type, substring(encode(b.payload, 'escape') FROM w.id || '.{5}([0-9a-f-]{36})') AS id
	  FROM outbox b
	  JOIN (VALUES ('order.placed', 'orderId'), ('shipping.moved', 'orderId'), ('points.credited', 'sourceId'),
	               ('order.refunded', 'refundId'), ('order.cancelled', 'refundId'), ('points.held', 'cancelId'),
	               ('points.granted', 'grantId'), ('points.expired', 'entryId'))
	       AS w (type, id) ON w.type = b.type
	 WHERE b.occurred_at >= current_setting('check.now')::timestamptz - interval '13 days'
), happened AS MATERIALIZED (
	SELECT 'order.placed' AS type, o.id, o.created_at AS at FROM orders o
	UNION ALL
	SELECT 'shipping.moved', m.order_id, m.moved_at FROM shipping_move m WHERE m.version > 1
	UNION ALL
	SELECT CASE e.kind WHEN 'cancel' THEN 'points.held' WHEN 'grant' THEN 'points.granted' WHEN 'expiry' THEN 'points.expired'
	       ELSE 'points.credited' END, e.source_id, e.created_at
	  FROM point_entry e WHERE e.kind IN ('charge', 'cancel', 'cancel_failed', 'grant', 'expiry')
	UNION ALL
	SELECT 'order.refunded', r.id, r.created_at FROM refund r
	UNION ALL
	SELECT 'order.cancelled', r.id, r.created_at FROM refund r WHERE r.status = 'cancelled'
)
SELECT coalesce(h.id, t.id), format('%s happened %s times and was told %s times', coalesce(h.type, t.type), coalesce(h.n, 0),
       coalesce(t.n, 0))
  FROM (SELECT type, id::text AS id, count(*) AS n FROM happened
         WHERE at >= current_setting('check.now')::timestamptz - interval '13 days' GROUP BY type, id) h
  FULL JOIN (SELECT type, id, count(*) AS n FROM told GROUP BY type, id) t ON t.type = h.type AND t.id = h.id
 WHERE h.n IS DISTINCT FROM t.n;
