-- points_balance :maybe
-- in:  user_id uuid
-- out: balance_krw int8
SELECT balance_krw FROM point_account WHERE user_id = $1;
