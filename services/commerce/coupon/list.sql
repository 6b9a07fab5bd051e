-- coupon_page :rows
-- in:  now timestamptz, before uuid, ask int4
-- out: id uuid, name text, kind text, value int8, category_id uuid?, product_ids uuid[], minimum_krw int8,
--      maximum_discount_krw int8?, total_cap int8?, per_user_cap int4, valid_days int4, claim text, registered int8,
--      starts_at timestamptz, ends_at timestamptz, closed_at timestamptz?, version int8
SELECT c.id, c.name, c.kind, c.value, c.category_id,
       ARRAY(SELECT l.product_id FROM coupon_product l WHERE l.coupon_id = c.id ORDER BY l.product_id), c.minimum_krw,
       c.maximum_discount_krw, c.total_cap, c.per_user_cap, c.valid_days, c.claim, c.registered, c.starts_at, c.ends_at,
       c.closed_at, c.version
  FROM coupon c
 WHERE c.ends_at > $1 AND c.starts_at <= $1 AND c.closed_at IS NULL AND c.claim = 'open'
   AND (c.total_cap IS NULL OR c.registered < c.total_cap) AND c.id < $2
 ORDER BY c.id DESC LIMIT $3;

-- coupon_page_of_all :rows
-- in:  before uuid, ask int4
-- out: id uuid, name text, kind text, value int8, category_id uuid?, product_ids uuid[], minimum_krw int8,
--      maximum_discount_krw int8?, total_cap int8?, per_user_cap int4, valid_days int4, claim text, registered int8,
--      starts_at timestamptz, ends_at timestamptz, closed_at timestamptz?, version int8
SELECT c.id, c.name, c.kind, c.value, c.category_id,
       ARRAY(SELECT l.product_id FROM coupon_product l WHERE l.coupon_id = c.id ORDER BY l.product_id), c.minimum_krw,
       c.maximum_discount_krw, c.total_cap, c.per_user_cap, c.valid_days, c.claim, c.registered, c.starts_at, c.ends_at,
       c.closed_at, c.version
  FROM coupon c WHERE c.id < $1 ORDER BY c.id DESC LIMIT $2;
