-- coupon_find :maybe
-- in:  id uuid
-- out: id uuid, name text, kind text, value int8, category_id uuid?, product_ids uuid[], minimum_krw int8,
--      maximum_discount_krw int8?, total_cap int8?, per_user_cap int4, valid_days int4, claim text, registered int8,
--      starts_at timestamptz, ends_at timestamptz, closed_at timestamptz?, version int8
SELECT c.id, c.name, c.kind, c.value, c.category_id,
       ARRAY(SELECT l.product_id FROM coupon_product l WHERE l.coupon_id = c.id ORDER BY l.product_id), c.minimum_krw,
       c.maximum_discount_krw, c.total_cap, c.per_user_cap, c.valid_days, c.claim, c.registered, c.starts_at, c.ends_at,
       c.closed_at, c.version
  FROM coupon c WHERE c.id = $1;
