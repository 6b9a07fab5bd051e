-- order_page_of_user :rows
-- in:  user_id uuid, before uuid, ask int4
-- out: id uuid, order_no text, status text, shipping_status text, first_product text, line_count int4,
--      total_krw int8, discount_krw int8, paid_krw int8, created_at timestamptz
SELECT o.id, o.order_no, o.status, s.status, o.first_product, o.line_count, o.total_krw, o.discount_krw,
       o.paid_krw, o.created_at
  FROM orders o JOIN shipping s ON s.order_id = o.id
 WHERE o.user_id = $1 AND o.id < $2 ORDER BY o.id DESC LIMIT $3;

-- order_page_of_all :rows
-- in:  before uuid, ask int4
-- out: id uuid, order_no text, status text, shipping_status text, first_product text, line_count int4,
--      total_krw int8, discount_krw int8, paid_krw int8, created_at timestamptz
-- A statement of its own for operators: "user = $1 OR $2" would keep the planner from either index.
SELECT o.id, o.order_no, o.status, s.status, o.first_product, o.line_count, o.total_krw, o.discount_krw,
       o.paid_krw, o.created_at
  FROM orders o JOIN shipping s ON s.order_id = o.id
 WHERE o.id < $1 ORDER BY o.id DESC LIMIT $2;
