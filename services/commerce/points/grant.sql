-- points_grant :maybe
-- in:  grant_id uuid, entry_id uuid, user_id uuid, amount_krw int8, note text, made_by uuid, now timestamptz
-- out: company_id uuid, balance_krw int8
-- No row: nobody has opened an account for this user.
WITH account AS (
    UPDATE point_account SET balance_krw = balance_krw + $4 WHERE user_id = $3 RETURNING company_id, balance_krw
)
INSERT INTO point_entry (id, user_id, company_id, kind, amount_krw, balance_krw, source_id, created_at, note, made_by)
SELECT $2, $3, a.company_id, 'grant', $4, a.balance_krw, $1, $7, $5, $6 FROM account a
RETURNING company_id, balance_krw;
