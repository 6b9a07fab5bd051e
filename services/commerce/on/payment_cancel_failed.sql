-- points_release :maybe
-- in:  entry_id uuid, user_id uuid, cancel_id uuid, now timestamptz
-- out: amount_krw int8, balance_krw int8
-- What was held, and only that, returns once; no row: nothing was held, or it has returned already.
WITH account AS MATERIALIZED (
    SELECT a.user_id FROM point_account a WHERE a.user_id = $2 FOR UPDATE
), hold AS MATERIALIZED (
    SELECT h.user_id, h.company_id, -h.amount_krw AS amount_krw FROM point_entry h JOIN account a USING (user_id)
     WHERE h.source_id = $3 AND h.kind = 'cancel'
       AND NOT EXISTS (SELECT FROM point_entry r WHERE r.source_id = $3 AND r.kind = 'cancel_failed')
), credited AS (
    UPDATE point_account p SET balance_krw = p.balance_krw + h.amount_krw FROM hold h
     WHERE p.user_id = h.user_id RETURNING p.balance_krw
)
INSERT INTO point_entry (id, user_id, company_id, kind, amount_krw, balance_krw, source_id, created_at)
SELECT $1, h.user_id, h.company_id, 'cancel_failed', h.amount_krw, c.balance_krw, $3, $4 FROM hold h, credited c
RETURNING amount_krw, balance_krw;
