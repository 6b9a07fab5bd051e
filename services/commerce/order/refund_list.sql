-- order_refund_page :rows
-- in:  order_id uuid, user_id uuid, any_user bool, before uuid, ask int4
-- out: order_id uuid, id uuid?, status text?, amount_krw int8?, cumulative_krw int8?, reason text?, restocked bool?,
--      coupon_returned bool?, created_at timestamptz?, line_nos int4[], quantities int4[], amounts int8[]
-- No row: no such order. One row without an id: nothing was given back of it.
SELECT o.id, r.id, r.status, r.amount_krw, r.cumulative_krw, r.reason, r.restocked, r.coupon_returned, r.created_at,
       ARRAY(SELECT l.line_no FROM refund_line l WHERE l.refund_id = r.id ORDER BY l.line_no),
       ARRAY(SELECT l.quantity FROM refund_line l WHERE l.refund_id = r.id ORDER BY l.line_no),
       ARRAY(SELECT l.amount_krw FROM refund_line l WHERE l.refund_id = r.id ORDER BY l.line_no)
  FROM orders o LEFT JOIN LATERAL (
       SELECT f.id, f.status, f.amount_krw, f.cumulative_krw, f.reason, f.restocked, f.coupon_returned, f.created_at
         FROM refund f WHERE f.order_id = o.id AND f.id < $4 ORDER BY f.id DESC LIMIT $5) r ON true
 WHERE o.id = $1 AND (o.user_id = $2 OR $3) ORDER BY r.id DESC;
