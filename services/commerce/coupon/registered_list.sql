-- registered_coupon_page :rows
-- in:  user_id uuid, before uuid, now timestamptz, status text?, ask int4
-- out: id uuid, coupon_id uuid, name text, kind text, value int8, status text, valid_until timestamptz,
--      registered_at timestamptz, order_id uuid?
SELECT x.id, x.coupon_id, x.name, x.kind, x.value, x.status, x.valid_until, x.registered_at, x.order_id FROM (
    SELECT r.id, r.coupon_id, c.name, c.kind, c.value, r.valid_until, r.registered_at, r.order_id,
           CASE WHEN r.used_at IS NOT NULL THEN 'used' WHEN r.valid_until <= $3 THEN 'expired' ELSE 'usable' END AS status
      FROM registered_coupon r JOIN coupon c ON c.id = r.coupon_id WHERE r.user_id = $1 AND r.id < $2
) x WHERE x.status = coalesce($4, x.status) ORDER BY x.id DESC LIMIT $5;
