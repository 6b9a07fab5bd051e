-- order_give_back_open :rows
-- in:  order_id uuid, user_id uuid, any_user bool
-- out: order_no text, buyer_id uuid, company_id uuid, status text, paid_krw int8, refunded_krw int8, version int8,
--      first_product text, recipient text, phone text, shipping_status text, shipping_version int8,
--      coupon_id uuid?, coupon_valid_until timestamptz?, balance_krw int8,
--      line_no int4, quantity int4, refunded_quantity int4, net_krw int8
-- The locks of an order, in its order: products by id, then the coupon, then the points; the order's own rows come last.
-- One row per line. The buyer's own, or any for an operator.
WITH asked AS MATERIALIZED (
    SELECT o.id, o.user_id, o.registered_coupon_id FROM orders o WHERE o.id = $1 AND (o.user_id = $2 OR $3)
), products AS MATERIALIZED (
    SELECT p.id FROM product p
     WHERE p.id IN (SELECT i.product_id FROM order_item i JOIN asked a ON a.id = i.order_id) ORDER BY p.id FOR UPDATE
), coupons AS MATERIALIZED (
    SELECT r.id, r.valid_until FROM registered_coupon r
     WHERE r.id = (SELECT registered_coupon_id FROM asked) AND (SELECT count(*) FROM products) >= 0 FOR UPDATE
), account AS MATERIALIZED (
    SELECT a.user_id, a.balance_krw FROM point_account a
     WHERE a.user_id = (SELECT user_id FROM asked) AND (SELECT count(*) FROM coupons) >= 0 FOR UPDATE
)
SELECT o.order_no, o.user_id, o.company_id, o.status, o.paid_krw, o.refunded_krw, o.version, o.first_product, s.recipient,
       s.phone, s.status, s.version, c.id, c.valid_until, a.balance_krw, i.line_no, i.quantity, i.refunded_quantity,
       i.amount_krw - i.discount_krw
  FROM account a JOIN orders o ON o.id = $1 AND o.user_id = a.user_id JOIN shipping s ON s.order_id = o.id
  JOIN order_item i ON i.order_id = o.id LEFT JOIN coupons c ON c.id = o.registered_coupon_id
 ORDER BY i.line_no FOR UPDATE OF o, s, i;

-- order_give_back_write :queue
-- in:  refund_id uuid, order_id uuid, buyer_id uuid, company_id uuid, status text, amount_krw int8, reason text?,
--      restocked bool, coupon_id uuid?, entry_id uuid, made_by uuid, now timestamptz,
--      line_nos int4[], quantities int4[], amounts int8[]
-- Everything was checked under the locks of order_give_back_open; the constraints stand behind it all the same.
WITH line AS (
    SELECT l.line_no, l.quantity, l.amount, i.product_id
      FROM unnest($13::int[], $14::int[], $15::bigint[]) AS l (line_no, quantity, amount)
      JOIN order_item i ON i.order_id = $2 AND i.line_no = l.line_no
), counted AS (
    UPDATE order_item i SET refunded_quantity = i.refunded_quantity + l.quantity
      FROM line l WHERE i.order_id = $2 AND i.line_no = l.line_no
), restocked AS (
    UPDATE product p SET stock = p.stock + l.quantity FROM line l WHERE $8 AND p.id = l.product_id
), moved AS (
    INSERT INTO stock_movement (product_id, source_id, kind, delta, created_at)
    SELECT l.product_id, $1, 'return', l.quantity, $12 FROM line l WHERE $8
), returned AS (
    UPDATE registered_coupon SET used_at = NULL, order_id = NULL WHERE id = $9 AND order_id = $2
), credited AS (
    UPDATE point_account SET balance_krw = balance_krw + $6 WHERE user_id = $3 RETURNING balance_krw
), entered AS (
    INSERT INTO point_entry (id, user_id, company_id, kind, amount_krw, balance_krw, source_id, created_at)
    SELECT $10, $3, $4, 'refund', $6, c.balance_krw, $1, $12 FROM credited c
), changed AS (
    UPDATE orders SET status = $5, version = version + 1, refunded_krw = refunded_krw + $6,
                      coupon_returned_at = CASE WHEN $9::uuid IS NOT NULL THEN $12 END
     WHERE id = $2 RETURNING version, refunded_krw
), noted AS (
    INSERT INTO order_move (order_id, version, status, moved_by, moved_at)
    SELECT $2, c.version, $5, $11, $12 FROM changed c
), made AS (
    INSERT INTO refund (id, order_id, status, amount_krw, cumulative_krw, reason, restocked, coupon_returned, made_by,
                        created_at)
    SELECT $1, $2, $5, $6, c.refunded_krw, $7, $8, $9::uuid IS NOT NULL, $11, $12 FROM changed c
)
INSERT INTO refund_line (refund_id, order_id, line_no, quantity, amount_krw)
SELECT $1, $2, l.line_no, l.quantity, l.amount FROM line l;
