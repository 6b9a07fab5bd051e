-- points_expire_lock :rows
-- in:  after uuid, cutoff timestamptz, ask int4
-- out: user_id uuid
-- Accounts that may hold points from before the cutoff. OFFSET 0: asked for each account, not joined with all entries.
SELECT a.user_id FROM point_account a
 WHERE a.user_id > $1 AND a.balance_krw > 0
   AND EXISTS (SELECT FROM point_entry e WHERE e.user_id = a.user_id AND e.amount_krw > 0 AND e.created_at <= $2 OFFSET 0)
 ORDER BY a.user_id LIMIT $3 FOR UPDATE;

-- points_expire_write :rows
-- in:  user_ids uuid[], entry_ids uuid[], cutoff timestamptz, now timestamptz
-- out: user_id uuid, company_id uuid, entry_id uuid, amount_krw int8, balance_krw int8
-- What went out has used up the oldest points first, expired ones included. So of the points from before the cutoff there
-- remains their sum less all that ever went out, and once that has expired it is nothing.
WITH due AS (
    SELECT u.user_id, u.entry_id, s.krw
      FROM unnest($1::uuid[], $2::uuid[]) AS u (user_id, entry_id)
      JOIN LATERAL (SELECT sum(e.amount_krw)::bigint AS krw FROM point_entry e
                     WHERE e.user_id = u.user_id AND (e.amount_krw < 0 OR e.created_at <= $3)) s ON s.krw > 0
), debited AS (
    UPDATE point_account a SET balance_krw = a.balance_krw - d.krw FROM due d WHERE a.user_id = d.user_id
    RETURNING a.user_id, a.company_id, d.entry_id, d.krw, a.balance_krw
), entered AS (
    INSERT INTO point_entry (id, user_id, company_id, kind, amount_krw, balance_krw, source_id, created_at)
    SELECT d.entry_id, d.user_id, d.company_id, 'expiry', -d.krw, d.balance_krw, d.entry_id, $4 FROM debited d
)
SELECT d.user_id, d.company_id, d.entry_id, d.krw, d.balance_krw FROM debited d ORDER BY d.user_id;
