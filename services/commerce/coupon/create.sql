-- coupon_insert :queue
-- in:  id uuid, name text, kind text, value int8, category_id uuid?, minimum_krw int8, maximum_discount_krw int8?,
--      total_cap int8?, starts_at timestamptz, ends_at timestamptz, created_at timestamptz
INSERT INTO coupon (id, name, kind, value, category_id, minimum_krw, maximum_discount_krw, total_cap, starts_at,
                    ends_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);
