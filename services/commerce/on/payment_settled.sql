-- points_credit :one
-- in:  entry_id uuid, user_id uuid, company_id uuid, amount_krw int8, source_id uuid, now timestamptz
-- out: balance_krw int8
-- The source is unique: a second credit of one payment breaks the constraint and takes the balance back with it.
WITH account AS (
    INSERT INTO point_account (user_id, company_id, balance_krw) VALUES ($2, $3, $4)
    ON CONFLICT (user_id) DO UPDATE SET balance_krw = point_account.balance_krw + excluded.balance_krw
    RETURNING balance_krw
)
INSERT INTO point_entry (id, user_id, company_id, kind, amount_krw, balance_krw, source_id, created_at)
SELECT $1, $2, $3, 'charge', $4, account.balance_krw, $5, $6 FROM account
RETURNING balance_krw;
