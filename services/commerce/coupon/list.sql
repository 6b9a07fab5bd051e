-- coupon_page :rows
-- in:  now timestamptz, before uuid, ask int4
-- out: id uuid, name text, kind text, value int8, category_id uuid?, minimum_krw int8, maximum_discount_krw int8?,
--      total_cap int8?, registered int8, starts_at timestamptz, ends_at timestamptz
SELECT id, name, kind, value, category_id, minimum_krw, maximum_discount_krw, total_cap, registered, starts_at, ends_at
  FROM coupon
 WHERE ends_at > $1 AND starts_at <= $1 AND (total_cap IS NULL OR registered < total_cap) AND id < $2
 ORDER BY id DESC LIMIT $3;
