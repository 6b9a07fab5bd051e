-- coupon_code_page :rows
-- in:  coupon_id uuid, before uuid, ask int4
-- out: id uuid, code text, uses_most int4, uses int4, created_at timestamptz
SELECT id, code, uses_most, uses, created_at FROM coupon_code WHERE coupon_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3;
