-- Each order against its lines.
SELECT o.id::text, format('%s - %s = %s for %s lines, they say %s - %s for %s', o.total_krw, o.discount_krw, o.paid_krw,
       o.line_count, coalesce(l.total, 0), coalesce(l.discount, 0), coalesce(l.lines, 0))
  FROM orders o
  LEFT JOIN (SELECT i.order_id, sum(i.amount_krw) AS total, sum(i.discount_krw) AS discount, count(*) AS lines,
                    bool_and(i.amount_krw = i.unit_price_krw * i.quantity AND i.discount_krw BETWEEN 0 AND i.amount_krw) AS sound
               FROM order_item i GROUP BY i.order_id) l ON l.order_id = o.id
 WHERE l.order_id IS NULL OR NOT l.sound OR o.total_krw <> l.total OR o.discount_krw <> l.discount
    OR o.paid_krw <> l.total - l.discount OR o.line_count <> l.lines
 ORDER BY o.id;
