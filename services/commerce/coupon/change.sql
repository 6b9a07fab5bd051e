-- coupon_write :queue
-- in:  id uuid, name text, total_cap int8?, per_user_cap int4, valid_days int4, ends_at timestamptz,
--      closed_at timestamptz?, version int8
UPDATE coupon SET name = $2, total_cap = $3, per_user_cap = $4, valid_days = $5, ends_at = $6, closed_at = $7, version = $8
 WHERE id = $1;
