-- order_find :rows
-- in:  order_id uuid, user_id uuid, any_user bool
-- out: order_no text, status text, total_krw int8, discount_krw int8, paid_krw int8, refunded_krw int8,
--      order_version int8, registered_coupon_id uuid?, created_at timestamptz, shipping_status text, carrier text?,
--      tracking_number text?, recipient text, phone text, postal_code text, address text, address_detail text?,
--      version int8, updated_at timestamptz, line_no int4, product_id uuid, name text, unit_price_krw int8,
--      quantity int4, refunded_quantity int4, amount_krw int8, line_discount_krw int8, reduced_krw int8,
--      coupon_krw int8, discount_id uuid?, discount_name text?
-- One row per line. The buyer's own, or any for an operator: the check stands in the statement.
SELECT o.order_no, o.status, o.total_krw, o.discount_krw, o.paid_krw, o.refunded_krw, o.version, o.registered_coupon_id,
       o.created_at, s.status, s.carrier, s.tracking_number, s.recipient, s.phone, s.postal_code, s.address,
       s.address_detail, s.version, s.updated_at, i.line_no, i.product_id, i.name, i.unit_price_krw, i.quantity,
       i.refunded_quantity, i.amount_krw, i.discount_krw, i.reduced_krw, i.coupon_krw, i.discount_id,
       i.discount_name
  FROM orders o JOIN shipping s ON s.order_id = o.id JOIN order_item i ON i.order_id = o.id
 WHERE o.id = $1 AND (o.user_id = $2 OR $3) ORDER BY i.line_no;
