-- order_page_of_user :rows
-- in:  user_id uuid, before uuid, after uuid, placed_from timestamptz, placed_to timestamptz, status text?,
--      shipping_status text?, order_no text, ask int4
-- out: id uuid, order_no text, user_id uuid, status text, shipping_status text, first_product text, line_count int4,
--      total_krw int8, discount_krw int8, paid_krw int8, refunded_krw int8, created_at timestamptz
SELECT o.id, o.order_no, o.user_id, o.status, s.status, o.first_product, o.line_count, o.total_krw, o.discount_krw,
       o.paid_krw, o.refunded_krw, o.created_at
  FROM orders o JOIN shipping s ON s.order_id = o.id
 WHERE o.user_id = $1 AND o.id < $2 AND o.id > $3 AND o.created_at >= $4 AND o.created_at < $5
   AND ($6::text IS NULL OR o.status = $6) AND ($7::text IS NULL OR s.status = $7)
   AND ($8::text = '' OR starts_with(o.order_no, $8))
 ORDER BY o.id DESC LIMIT $9;

-- order_page_of_all :rows
-- in:  user_id uuid?, before uuid, after uuid, placed_from timestamptz, placed_to timestamptz, status text?,
--      shipping_status text?, order_no text, ask int4
-- out: id uuid, order_no text, user_id uuid, status text, shipping_status text, first_product text, line_count int4,
--      total_krw int8, discount_krw int8, paid_krw int8, refunded_krw int8, created_at timestamptz, recipient text,
--      phone text, carrier text?, tracking_number text?
-- The ids of a period are a range (order/filter.c), so that it is not looked for among all orders. A filter that is NULL
-- falls away when the plan is made for these parameters; coalesce($6, o.status) would not, and the planner, which thinks
-- that hardly a row passes it, would sort all orders for the first page (1.2 s of 300,000 instead of 1 ms).
SELECT o.id, o.order_no, o.user_id, o.status, s.status, o.first_product, o.line_count, o.total_krw, o.discount_krw,
       o.paid_krw, o.refunded_krw, o.created_at, s.recipient, s.phone, s.carrier, s.tracking_number
  FROM orders o JOIN shipping s ON s.order_id = o.id
 WHERE ($1::uuid IS NULL OR o.user_id = $1) AND o.id < $2 AND o.id > $3 AND o.created_at >= $4 AND o.created_at < $5
   AND ($6::text IS NULL OR o.status = $6) AND ($7::text IS NULL OR s.status = $7)
   AND ($8::text = '' OR starts_with(o.order_no, $8))
 ORDER BY o.id DESC LIMIT $9;
