-- What was given back of each order: lines, refunds, ledger, stock and the order itself say the same.
SELECT o.id::text, format('says %s given back of %s, its refunds say %s and at last %s', o.refunded_krw, o.paid_krw,
       coalesce(r.amount, 0), coalesce(r.cumulative, 0))
  FROM orders o
  LEFT JOIN (SELECT f.order_id, sum(f.amount_krw) AS amount, max(f.cumulative_krw) AS cumulative FROM refund f
              GROUP BY f.order_id) r ON r.order_id = o.id
 WHERE o.refunded_krw <> coalesce(r.amount, 0) OR o.refunded_krw <> coalesce(r.cumulative, 0) OR o.refunded_krw > o.paid_krw
    OR (o.status IN ('refunded', 'cancelled')) <> (SELECT bool_and(i.refunded_quantity = i.quantity) FROM order_item i
                                                    WHERE i.order_id = o.id)
UNION ALL
SELECT o.id::text, format('%s in version %s, its last move was %s in version %s', o.status, o.version,
       coalesce(m.status, 'paid'), coalesce(m.version, 1))
  FROM orders o
  LEFT JOIN LATERAL (SELECT v.status, v.version FROM order_move v WHERE v.order_id = o.id
                      ORDER BY v.version DESC LIMIT 1) m ON true
 WHERE (coalesce(m.status, 'paid'), coalesce(m.version, 1)) <> (o.status, o.version)
UNION ALL
SELECT i.order_id::text, format('line %s: %s of %s pieces given back for %s of %s, its refunds say %s pieces', i.line_no,
       i.refunded_quantity, i.quantity, coalesce(l.amount, 0), i.amount_krw - i.discount_krw, coalesce(l.quantity, 0))
  FROM order_item i
  LEFT JOIN (SELECT f.order_id, f.line_no, sum(f.quantity) AS quantity, sum(f.amount_krw) AS amount FROM refund_line f
              GROUP BY f.order_id, f.line_no) l ON l.order_id = i.order_id AND l.line_no = i.line_no
 WHERE i.refunded_quantity <> coalesce(l.quantity, 0) OR coalesce(l.amount, 0) > i.amount_krw - i.discount_krw
    OR (i.refunded_quantity = i.quantity AND coalesce(l.amount, 0) <> i.amount_krw - i.discount_krw)
UNION ALL
SELECT coalesce(f.id, e.source_id)::text, format('a refund of %s, its lines say %s, credited %s', coalesce(f.amount_krw, 0),
       coalesce(f.lines, 0), coalesce(e.amount_krw, 0))
  FROM (SELECT g.id, g.amount_krw, sum(l.amount_krw) AS lines FROM refund g LEFT JOIN refund_line l ON l.refund_id = g.id
         GROUP BY g.id) f
  FULL JOIN (SELECT p.source_id, sum(p.amount_krw) AS amount_krw FROM point_entry p WHERE p.kind = 'refund'
              GROUP BY p.source_id) e ON e.source_id = f.id
 WHERE f.id IS NULL OR f.amount_krw <> coalesce(f.lines, 0) OR f.amount_krw <> coalesce(e.amount_krw, 0)
UNION ALL
SELECT coalesce(l.refund_id, m.source_id)::text, format('%s of product %s given back, %s returned to stock',
       coalesce(l.quantity, 0), coalesce(l.product_id, m.product_id), coalesce(m.delta, 0))
  FROM (SELECT f.refund_id, i.product_id, sum(f.quantity) AS quantity
          FROM refund_line f JOIN refund g ON g.id = f.refund_id
          JOIN order_item i ON i.order_id = f.order_id AND i.line_no = f.line_no
         WHERE g.restocked GROUP BY f.refund_id, i.product_id) l
  FULL JOIN (SELECT s.source_id, s.product_id, sum(s.delta) AS delta FROM stock_movement s WHERE s.kind = 'return'
              GROUP BY s.source_id, s.product_id) m ON m.source_id = l.refund_id AND m.product_id = l.product_id
 WHERE coalesce(l.quantity, 0) <> coalesce(m.delta, 0);
