-- Which discount a piece of a product has at a time, by the rule of order/price.h: the highest priority, of equals the
-- one that takes off more, of equals the older. What it takes off is computed as price.c does. At most one row.
CREATE FUNCTION discount_best(product uuid, path uuid[], price bigint, at timestamptz)
RETURNS TABLE (id uuid, name text, percent bool, value bigint) STABLE LANGUAGE sql AS $$
    SELECT d.id, d.name, d.kind = 'percent', d.value
      FROM discount d
     WHERE (d.product_id = product OR d.category_id = ANY (path)) AND d.deleted_at IS NULL
       AND d.starts_at <= at AND d.ends_at > at
     ORDER BY d.priority DESC,
           CASE d.kind WHEN 'percent' THEN price * d.value / 100 ELSE least(d.value, price) END DESC, d.id
     LIMIT 1
$$;
