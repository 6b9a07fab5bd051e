-- coupon_lock :maybe
-- in:  id uuid
-- out: id uuid, name text, kind text, value int8, category_id uuid?, product_ids uuid[], minimum_krw int8,
--      maximum_discount_krw int8?, total_cap int8?, per_user_cap int4, valid_days int4, claim text, registered int8,
--      starts_at timestamptz, ends_at timestamptz, closed_at timestamptz?, version int8
-- All registrations of a coupon and all its changes hold this row.
SELECT c.id, c.name, c.kind, c.value, c.category_id,
       ARRAY(SELECT l.product_id FROM coupon_product l WHERE l.coupon_id = c.id ORDER BY l.product_id), c.minimum_krw,
       c.maximum_discount_krw, c.total_cap, c.per_user_cap, c.valid_days, c.claim, c.registered, c.starts_at, c.ends_at,
       c.closed_at, c.version
  FROM coupon c WHERE c.id = $1 FOR UPDATE;

-- coupon_holders :rows
-- in:  coupon_id uuid, user_ids uuid[]
-- out: user_id uuid, company_id uuid, held int8
-- Whose accounts are there, locked (they are the keys of the events), and how many of this coupon they have had. A
-- statement behind coupon_lock, so that it sees all registrations.
SELECT a.user_id, a.company_id,
       (SELECT count(*) FROM registered_coupon r WHERE r.coupon_id = $1 AND r.user_id = a.user_id)
  FROM point_account a WHERE a.user_id = ANY ($2) ORDER BY a.user_id FOR UPDATE;

-- coupon_hand_out :queue
-- in:  coupon_id uuid, ids uuid[], user_ids uuid[], company_ids uuid[], nths int4[], valid_until timestamptz, claim text,
--      code_id uuid?, now timestamptz
WITH counted AS (
    UPDATE coupon SET registered = registered + cardinality($2::uuid[]) WHERE id = $1
), used AS (
    UPDATE coupon_code SET uses = uses + 1 WHERE id = $8
)
INSERT INTO registered_coupon (id, coupon_id, user_id, company_id, nth, valid_until, claim, code_id, registered_at)
SELECT u.id, $1, u.user_id, u.company_id, u.nth, $6, $7, $8, $9
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::int[]) AS u (id, user_id, company_id, nth);
