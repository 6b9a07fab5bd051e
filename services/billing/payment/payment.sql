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
-- in:  id uuid, user_id uuid
-- out: id uuid, order_id text, user_id uuid, company_id uuid, amount_krw int8, status text, provider_key text?,
--      method text?, failure_code text?, created_at timestamptz, expires_at timestamptz, paid_at timestamptz?
SELECT id, order_id, user_id, company_id, amount_krw, status, provider_key, method, failure_code, created_at,
       expires_at, paid_at
  FROM payment WHERE id = $1 AND user_id = $2;

-- payment_page :rows
-- in:  user_id uuid, before uuid, ask int4
-- out: id uuid, order_id text, user_id uuid, company_id uuid, amount_krw int8, status text, provider_key text?,
--      method text?, failure_code text?, created_at timestamptz, expires_at timestamptz, paid_at timestamptz?
SELECT id, order_id, user_id, company_id, amount_krw, status, provider_key, method, failure_code, created_at,
       expires_at, paid_at
  FROM payment WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3;

-- payment_lock :maybe
-- in:  id uuid
-- out: id uuid, order_id text, user_id uuid, company_id uuid, amount_krw int8, status text, provider_key text?,
--      method text?, failure_code text?, created_at timestamptz, expires_at timestamptz, paid_at timestamptz?
SELECT id, order_id, user_id, company_id, amount_krw, status, provider_key, method, failure_code, created_at,
       expires_at, paid_at
  FROM payment WHERE id = $1 FOR UPDATE;

-- payment_by_order :maybe
-- in:  order_id text
-- out: id uuid, status text
SELECT id, status FROM payment WHERE order_id = $1;

-- payment_write :queue
-- in:  id uuid, status text, provider_key text?, method text?, failure_code text?, paid_at timestamptz?, reason text,
--      moved_at timestamptz
WITH moved AS (
    UPDATE payment SET status = $2, provider_key = coalesce($3, provider_key), method = coalesce($4, method),
           failure_code = $5, paid_at = coalesce($6, paid_at)
     WHERE id = $1
)
INSERT INTO payment_move (payment_id, status, reason, moved_at) VALUES ($1, $2, $7, $8);
