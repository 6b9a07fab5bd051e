-- order_page_of_user :rows
-- in:  user_id uuid, before uuid, after uuid, placed_from timestamptz, placed_to timestamptz, status text?,
--      shipping_status text?, order_no text, ask int4
-- out: id uuid, order_no text, user_id uuid, status text, shipping_status text, first_product text, line_count int4,
--      total_krw int8, discount_krw int8, paid_krw int8, refunded_krw int8, created_at timestamptz
SELECT o.id, o.order_no, o.user_id, o.status, s.status, o.first_product, o.line_count, o.total_krw, o.discount_krw,
       o.paid_krw, o.refunded_krw, o.created_at
  FROM orders o JOIN shipping s ON s.order_id = o.id
 WHERE o.user_id = $1 AND o.id < $2 AND o.id > $3 AND o.created_at >= $4 AND o.created_at < $5
   AND o.status = coalesce($6, o.status) AND s.status = coalesce($7, s.status) AND starts_with(o.order_no, $8)
 ORDER BY o.id DESC LIMIT $9;

-- order_page_of_all :rows
-- in:  user_id uuid?, before uuid, after uuid, placed_from timestamptz, placed_to timestamptz, status text?,
--      shipping_status text?, order_no text, ask int4
-- out: id uuid, order_no text, user_id uuid, status text, shipping_status text, first_product text, line_count int4,
--      total_krw int8, discount_krw int8, paid_krw int8, refunded_krw int8, created_at timestamptz, recipient text,
--      phone text, carrier text?, tracking_number text?
-- A statement of its own for operators: "user = $1 OR $2" would keep the planner from the index of one user. The ids of
-- a period are a range (order/filter.c), so that it is not looked for among all orders.
SELECT o.id, o.order_no, o.user_id, o.status, s.status, o.first_product, o.line_count, o.total_krw, o.discount_krw,
       o.paid_krw, o.refunded_krw, o.created_at, s.recipient, s.phone, s.carrier, s.tracking_number
  FROM orders o JOIN shipping s ON s.order_id = o.id
 WHERE o.user_id = coalesce($1, o.user_id) AND o.id < $2 AND o.id > $3 AND o.created_at >= $4 AND o.created_at < $5
   AND o.status = coalesce($6, o.status) AND s.status = coalesce($7, s.status) AND starts_with(o.order_no, $8)
 ORDER BY o.id DESC LIMIT $9;
