-- wallet_find :maybe
-- in:  company_id uuid
-- out: balance_krw int8
SELECT balance_krw FROM wallet WHERE company_id = $1;
