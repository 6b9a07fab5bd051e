-- coupon_code_lock :maybe
-- in:  code text
-- out: id uuid, coupon_id uuid, spent bool
-- Before the coupon's own row, here and nowhere else.
SELECT k.id, k.coupon_id, k.uses >= k.uses_most FROM coupon_code k WHERE k.code = $1 FOR UPDATE;
