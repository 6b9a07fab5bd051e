-- order_moves :rows
-- in:  order_id uuid, user_id uuid, any_user bool
-- out: of_order bool, status text, moved_by uuid, moved_at timestamptz
-- That it was paid is the order's own row.
WITH asked AS (
    SELECT o.id, o.user_id, o.created_at FROM orders o WHERE o.id = $1 AND (o.user_id = $2 OR $3)
)
SELECT m.of_order, m.status, m.moved_by, m.moved_at FROM (
    SELECT true AS of_order, 'paid' AS status, a.user_id AS moved_by, a.created_at AS moved_at, 1::bigint AS version
      FROM asked a
    UNION ALL
    SELECT true, o.status, o.moved_by, o.moved_at, o.version FROM order_move o JOIN asked a ON a.id = o.order_id
    UNION ALL
    SELECT false, s.status, s.moved_by, s.moved_at, s.version FROM shipping_move s JOIN asked a ON a.id = s.order_id
) m ORDER BY m.moved_at DESC, m.of_order, m.version DESC LIMIT 100;
