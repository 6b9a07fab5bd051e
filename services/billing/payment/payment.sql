-- payment_insert :queue
-- in:  id uuid, order_id text, user_id uuid, company_id uuid, amount_krw int8, created_at timestamptz,
--      expires_at timestamptz
WITH intent AS (
    INSERT INTO payment (id, order_id, user_id, company_id, purpose, amount_krw, status, provider, created_at, expires_at)
    VALUES ($1, $2, $3, $4, 'points', $5, 'created', 'toss', $6, $7)
    RETURNING id
)
INSERT INTO payment_move (payment_id, status, reason, moved_at) SELECT id, 'created', 'intent', $6 FROM intent;

-- payment_find :maybe
-- in:  id uuid, user_id uuid?
-- out: id uuid, order_id text, user_id uuid, company_id uuid, amount_krw int8, status text, provider_key text?,
--      method text?, failure_code text?, created_at timestamptz, expires_at timestamptz, paid_at timestamptz?,
--      captured_at timestamptz?, reserved_krw int8, refunded_krw int8, confirm_key text?
SELECT id, order_id, user_id, company_id, amount_krw, status, provider_key, method, failure_code, created_at,
       expires_at, paid_at, captured_at, reserved_krw, refunded_krw, confirm_key
  FROM payment WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2);

-- payment_page :rows
-- in:  user_id uuid?, status text?, from uuid, before uuid, ask int4
-- out: id uuid, order_id text, user_id uuid, company_id uuid, amount_krw int8, status text, provider_key text?,
--      method text?, failure_code text?, created_at timestamptz, expires_at timestamptz, paid_at timestamptz?,
--      captured_at timestamptz?, reserved_krw int8, refunded_krw int8, confirm_key text?
(SELECT id, order_id, user_id, company_id, amount_krw, status, provider_key, method, failure_code, created_at,
        expires_at, paid_at, captured_at, reserved_krw, refunded_krw, confirm_key
   FROM payment WHERE user_id = $1 AND id >= $3 AND id < $4 AND ($2::text IS NULL OR status = $2)
  ORDER BY id DESC LIMIT $5)
UNION ALL
(SELECT id, order_id, user_id, company_id, amount_krw, status, provider_key, method, failure_code, created_at,
        expires_at, paid_at, captured_at, reserved_krw, refunded_krw, confirm_key
   FROM payment WHERE $1::uuid IS NULL AND id >= $3 AND id < $4 AND ($2::text IS NULL OR status = $2)
  ORDER BY id DESC LIMIT $5)
 ORDER BY id DESC LIMIT $5;

-- payment_lock :maybe
-- in:  id uuid, user_id uuid?
-- out: id uuid, order_id text, user_id uuid, company_id uuid, amount_krw int8, status text, provider_key text?,
--      method text?, failure_code text?, created_at timestamptz, expires_at timestamptz, paid_at timestamptz?,
--      captured_at timestamptz?, reserved_krw int8, refunded_krw int8, confirm_key text?
SELECT id, order_id, user_id, company_id, amount_krw, status, provider_key, method, failure_code, created_at,
       expires_at, paid_at, captured_at, reserved_krw, refunded_krw, confirm_key
  FROM payment WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2) FOR UPDATE;

-- payment_write :queue
-- in:  id uuid, status text, provider_key text?, method text?, failure_code text?, paid_at timestamptz?,
--      captured_at timestamptz?, ended_at timestamptz?, reason text, moved_at timestamptz
WITH moved AS (
    UPDATE payment SET status = $2, provider_key = coalesce($3, provider_key), method = coalesce($4, method),
           failure_code = $5, paid_at = coalesce($6, paid_at), captured_at = coalesce($7, captured_at),
           ended_at = coalesce($8, ended_at)
     WHERE id = $1
)
INSERT INTO payment_move (payment_id, status, reason, moved_at) VALUES ($1, $2, $9, $10);

-- payment_confirmed_by :queue
-- in:  id uuid, confirm_key text
UPDATE payment SET confirm_key = $2 WHERE id = $1;
