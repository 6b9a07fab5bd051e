-- points_hold :maybe
-- in:  entry_id uuid, user_id uuid, company_id uuid, amount_krw int8, cancel_id uuid, now timestamptz
-- out: held bool
-- The account is locked whether it has enough or not: it is the key of the answer. No row: there is no account.
WITH account AS MATERIALIZED (
    SELECT a.user_id, a.balance_krw >= $4 AS enough FROM point_account a WHERE a.user_id = $2 FOR UPDATE
), debited AS (
    UPDATE point_account p SET balance_krw = p.balance_krw - $4 FROM account a
     WHERE p.user_id = a.user_id AND a.enough RETURNING p.balance_krw
), entered AS (
    INSERT INTO point_entry (id, user_id, company_id, kind, amount_krw, balance_krw, source_id, created_at)
    SELECT $1, $2, $3, 'cancel', -$4, d.balance_krw, $5, $6 FROM debited d
)
SELECT a.enough FROM account a;
