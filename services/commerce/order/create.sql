-- order_open :rows
-- in:  product_ids uuid[], user_id uuid, registered_coupon_id uuid?, now timestamptz
-- out: product_id uuid, name text, price_krw int8, stock int8,
--      discount_id uuid?, discount_name text?, discount_percent bool?, discount_value int8?,
--      coupon_id uuid?, coupon_name text?, coupon_kind text?, coupon_value int8?, coupon_minimum_krw int8?,
--      coupon_maximum_krw int8?, coupon_starts_at timestamptz?, coupon_valid_until timestamptz?, coupon_used bool?,
--      covered bool?, balance_krw int8?
-- Locks in one order everywhere: products by id, then the coupon, then the points. Each CTE waits for
-- the count of the one before it, so the planner cannot change that. order/preview.sql is the same without locks.
WITH products AS MATERIALIZED (
    SELECT p.id, p.name, p.price_krw, p.stock, p.category_id
      FROM product p WHERE p.id = ANY ($1) AND p.deleted_at IS NULL ORDER BY p.id FOR UPDATE
), coupons AS MATERIALIZED (
    SELECT r.id, r.coupon_id, c.name, c.kind, c.value, c.category_id, c.minimum_krw, c.maximum_discount_krw,
           c.starts_at, r.valid_until, r.used_at IS NOT NULL AS used,
           EXISTS (SELECT FROM coupon_product l WHERE l.coupon_id = c.id) AS for_products
      FROM registered_coupon r JOIN coupon c ON c.id = r.coupon_id
     WHERE r.id = $3 AND r.user_id = $2 AND (SELECT count(*) FROM products) >= 0 FOR UPDATE OF r
), account AS MATERIALIZED (
    SELECT a.balance_krw FROM point_account a
     WHERE a.user_id = $2 AND (SELECT count(*) FROM coupons) >= 0 FOR UPDATE
)
SELECT p.id, p.name, p.price_krw, p.stock, d.id, d.name, d.percent, d.value,
       c.id, c.name, c.kind, c.value, c.minimum_krw, c.maximum_discount_krw, c.starts_at, c.valid_until, c.used,
       CASE WHEN c.category_id IS NOT NULL THEN c.category_id = ANY (k.path)
            ELSE NOT c.for_products OR l.product_id IS NOT NULL END, a.balance_krw
  FROM products p LEFT JOIN category k ON k.id = p.category_id
  LEFT JOIN LATERAL discount_best(p.id, k.path, p.price_krw, $4) d ON true
  LEFT JOIN coupons c ON true LEFT JOIN coupon_product l ON l.coupon_id = c.coupon_id AND l.product_id = p.id
  LEFT JOIN account a ON true ORDER BY p.id;

-- order_write :queue
-- in:  order_id uuid, order_no text, user_id uuid, company_id uuid, total_krw int8, discount_krw int8, paid_krw int8,
--      registered_coupon_id uuid?, first_product text, entry_id uuid, placed_at timestamptz,
--      product_ids uuid[], names text[], prices int8[], quantities int4[], reduced int8[],
--      coupon_shares int8[], discount_ids uuid[], discount_names text[],
--      recipient text, phone text, postal_code text, address text, address_detail text?
-- Everything was checked under the locks of order_open; the constraints stand behind it all the same.
WITH line AS (
    SELECT l.line_no::int, l.product_id, l.name, l.price, l.quantity, l.reduced, l.coupon,
           nullif(l.discount_id, '00000000-0000-0000-0000-000000000000') AS discount_id,
           nullif(l.discount_name, '') AS discount_name
      FROM unnest($12::uuid[], $13::text[], $14::bigint[], $15::int[], $16::bigint[], $17::bigint[], $18::uuid[],
                  $19::text[])
           WITH ORDINALITY AS l (product_id, name, price, quantity, reduced, coupon, discount_id, discount_name, line_no)
), sold AS (
    UPDATE product p SET stock = p.stock - l.quantity FROM line l WHERE p.id = l.product_id
), moved AS (
    INSERT INTO stock_movement (product_id, source_id, kind, delta, created_at)
    SELECT l.product_id, $1, 'order', -l.quantity, $11 FROM line l
), redeemed AS (
    UPDATE registered_coupon SET used_at = $11, order_id = $1 WHERE id = $8 AND used_at IS NULL
), debited AS (
    UPDATE point_account SET balance_krw = balance_krw - $7 WHERE user_id = $3 RETURNING balance_krw
), entered AS (
    INSERT INTO point_entry (id, user_id, company_id, kind, amount_krw, balance_krw, source_id, created_at)
    SELECT $10, $3, $4, 'order', -$7, d.balance_krw, $1, $11 FROM debited d
), placed AS (
    INSERT INTO orders (id, order_no, user_id, company_id, status, total_krw, discount_krw, paid_krw,
                        registered_coupon_id, line_count, first_product, created_at)
    SELECT $1, $2, $3, $4, 'paid', $5, $6, $7, $8, (SELECT count(*) FROM line), $9, $11
), listed AS (
    INSERT INTO order_item (order_id, line_no, product_id, name, unit_price_krw, quantity, amount_krw, discount_krw,
                            reduced_krw, coupon_krw, discount_id, discount_name)
    SELECT $1, l.line_no, l.product_id, l.name, l.price, l.quantity, l.price * l.quantity, l.reduced + l.coupon,
           l.reduced, l.coupon, l.discount_id, l.discount_name
      FROM line l
), opened AS (
    INSERT INTO shipping_move (order_id, version, status, moved_by, moved_at) VALUES ($1, 1, 'ordered', $3, $11)
)
INSERT INTO shipping (order_id, status, recipient, phone, postal_code, address, address_detail, version, updated_at)
VALUES ($1, 'ordered', $20, $21, $22, $23, $24, 1, $11);
