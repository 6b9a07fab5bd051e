-- points_balance :maybe
-- in:  user_id uuid
-- out: balance_krw int8, company_id uuid
SELECT balance_krw, company_id FROM point_account WHERE user_id = $1;
