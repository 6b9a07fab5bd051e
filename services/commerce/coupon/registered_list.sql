-- registered_coupon_page :rows
-- in:  user_id uuid, before uuid, ask int4
-- out: id uuid, coupon_id uuid, name text, kind text, value int8, used bool, valid_until timestamptz,
--      registered_at timestamptz
SELECT r.id, r.coupon_id, c.name, c.kind, c.value, r.used_at IS NOT NULL, r.valid_until, r.registered_at
  FROM registered_coupon r JOIN coupon c ON c.id = r.coupon_id
 WHERE r.user_id = $1 AND r.id < $2 ORDER BY r.id DESC LIMIT $3;
