-- coupon_code_insert :maybe
-- in:  coupon_id uuid, ids uuid[], codes text[], uses_most int4, created_by uuid, now timestamptz
-- out: claim text
-- No row: no such coupon. Codes are made only for one that is claimed by code. Two random codes that are equal (80 bits) break the
-- constraint and take the call back.
WITH made AS (
    INSERT INTO coupon_code (id, coupon_id, code, uses_most, created_by, created_at)
    SELECT u.id, c.id, u.code, $4, $5, $6 FROM coupon c, unnest($2::uuid[], $3::text[]) AS u (id, code)
     WHERE c.id = $1 AND c.claim = 'code'
)
SELECT c.claim FROM coupon c WHERE c.id = $1;
