-- order_look :rows
-- in:  product_ids uuid[], user_id uuid, registered_coupon_id uuid?, now timestamptz
-- out: product_id uuid, name text, price_krw int8, stock int8,
--      discount_id uuid?, discount_name text?, discount_percent bool?, discount_value int8?,
--      coupon_id uuid?, coupon_name text?, coupon_kind text?, coupon_value int8?, coupon_minimum_krw int8?,
--      coupon_maximum_krw int8?, coupon_starts_at timestamptz?, coupon_valid_until timestamptz?, coupon_used bool?,
--      covered bool?, balance_krw int8?
-- What order_open (order/create.sql) reads, without its locks.
WITH products AS (
    SELECT p.id, p.name, p.price_krw, p.stock, p.category_id
      FROM product p WHERE p.id = ANY ($1) AND p.deleted_at IS NULL
), coupons AS (
    SELECT r.id, r.coupon_id, c.name, c.kind, c.value, c.category_id, c.minimum_krw, c.maximum_discount_krw,
           c.starts_at, r.valid_until, r.used_at IS NOT NULL AS used,
           EXISTS (SELECT FROM coupon_product l WHERE l.coupon_id = c.id) AS for_products
      FROM registered_coupon r JOIN coupon c ON c.id = r.coupon_id
     WHERE r.id = $3 AND r.user_id = $2
), account AS (
    SELECT a.balance_krw FROM point_account a WHERE a.user_id = $2
)
SELECT p.id, p.name, p.price_krw, p.stock, d.id, d.name, d.percent, d.value,
       c.id, c.name, c.kind, c.value, c.minimum_krw, c.maximum_discount_krw, c.starts_at, c.valid_until, c.used,
       CASE WHEN c.category_id IS NOT NULL THEN c.category_id = ANY (k.path)
            ELSE NOT c.for_products OR l.product_id IS NOT NULL END, a.balance_krw
  FROM products p LEFT JOIN category k ON k.id = p.category_id
  LEFT JOIN LATERAL discount_best(p.id, k.path, p.price_krw, $4) d ON true
  LEFT JOIN coupons c ON true LEFT JOIN coupon_product l ON l.coupon_id = c.coupon_id AND l.product_id = p.id
  LEFT JOIN account a ON true ORDER BY p.id;
