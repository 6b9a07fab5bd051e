-- What one transaction has written together: order, debit, stock, parcel, coupon.
SELECT coalesce(o.id, e.source_id)::text,
       CASE WHEN o.id IS NULL THEN format('a debit of %s without its order', -e.amount_krw)
            ELSE format('paid %s, debited %s', o.paid_krw, coalesce(-e.amount_krw, 0)) END
  FROM orders o
  FULL JOIN (SELECT p.source_id, sum(p.amount_krw) AS amount_krw FROM point_entry p WHERE p.kind = 'order' GROUP BY p.source_id) e
         ON e.source_id = o.id
 WHERE o.id IS NULL OR o.paid_krw <> coalesce(-e.amount_krw, 0)
UNION ALL
SELECT coalesce(i.order_id, m.source_id)::text, format('%s of product %s ordered, %s taken from stock', coalesce(i.quantity, 0),
       coalesce(i.product_id, m.product_id), coalesce(-m.delta, 0))
  FROM (SELECT l.order_id, l.product_id, sum(l.quantity) AS quantity FROM order_item l GROUP BY l.order_id, l.product_id) i
  FULL JOIN (SELECT s.source_id, s.product_id, sum(s.delta) AS delta FROM stock_movement s WHERE s.kind = 'order'
              GROUP BY s.source_id, s.product_id) m ON m.source_id = i.order_id AND m.product_id = i.product_id
 WHERE coalesce(i.quantity, 0) <> coalesce(-m.delta, 0)
UNION ALL
SELECT o.id::text, 'no parcel' FROM orders o WHERE NOT EXISTS (SELECT FROM shipping s WHERE s.order_id = o.id)
UNION ALL
SELECT s.order_id::text, format('the parcel is %s in version %s, its last move was %s in version %s', s.status, s.version,
       coalesce(m.status, 'never'), coalesce(m.version, 0))
  FROM shipping s
  LEFT JOIN LATERAL (SELECT v.status, v.version FROM shipping_move v WHERE v.order_id = s.order_id
                      ORDER BY v.version DESC LIMIT 1) m ON true
 WHERE m.version IS NULL OR (m.status, m.version) <> (s.status, s.version)
UNION ALL
SELECT r.order_id::text, format('the coupon %s says it was used, the order does not', r.id)
  FROM registered_coupon r LEFT JOIN orders o ON o.id = r.order_id
 WHERE r.order_id IS NOT NULL AND o.registered_coupon_id IS DISTINCT FROM r.id
UNION ALL
SELECT o.id::text, format('used the coupon %s, which does not say so', o.registered_coupon_id)
  FROM orders o JOIN registered_coupon r ON r.id = o.registered_coupon_id
 WHERE o.status IN ('paid', 'partially_refunded') AND r.order_id IS DISTINCT FROM o.id;
