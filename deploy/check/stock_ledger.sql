-- Each product against its movements.
SELECT p.id::text, format('%s in stock, %s by its movements', p.stock, coalesce(m.stock, 0))
  FROM product p
  LEFT JOIN (SELECT s.product_id, sum(s.delta) AS stock FROM stock_movement s GROUP BY s.product_id) m ON m.product_id = p.id
 WHERE p.stock < 0 OR p.stock <> coalesce(m.stock, 0)
 ORDER BY p.id;
