-- coupon_claim :maybe
-- in:  coupon_id uuid, id uuid, user_id uuid, company_id uuid, now timestamptz, valid_until timestamptz
-- out: name text, kind text, value int8, starts_at timestamptz, ends_at timestamptz, full bool, repeated bool,
--      valid_until timestamptz
-- One round trip: the coupon's row is locked, counted up only where it may be, and the claim inserted only
-- then. What the row says tells which refusal it is.
WITH coupon_row AS MATERIALIZED (
    SELECT c.id, c.name, c.kind, c.value, c.starts_at, c.ends_at,
           c.total_cap IS NOT NULL AND c.registered >= c.total_cap AS is_full,
           EXISTS (SELECT FROM registered_coupon r WHERE r.coupon_id = c.id AND r.user_id = $3) AS is_repeated
      FROM coupon c WHERE c.id = $1 FOR UPDATE OF c
), allowed AS (
    SELECT id, least(ends_at, $6) AS valid_until FROM coupon_row
     WHERE NOT is_full AND NOT is_repeated AND starts_at <= $5 AND ends_at > $5
), counted AS (
    UPDATE coupon SET registered = registered + 1 WHERE id IN (SELECT id FROM allowed)
), claimed AS (
    INSERT INTO registered_coupon (id, coupon_id, user_id, company_id, valid_until, registered_at)
    SELECT $2, id, $3, $4, allowed.valid_until, $5 FROM allowed
)
SELECT name, kind, value, starts_at, ends_at, is_full, is_repeated, least(ends_at, $6) FROM coupon_row;
