-- review_insert :maybe
-- in:  id uuid, code text, order_id text, provider_key text, captured_krw int8, payment_id uuid?, raised_at timestamptz
-- out: state text
INSERT INTO payment_review (id, code, order_id, provider_key, captured_krw, payment_id, state, raised_at)
SELECT $1, $2, $3, $4, $5, $6, CASE WHEN $6::uuid IS NOT NULL AND automatic_cancels THEN 'cancelling' ELSE 'open' END, $7
  FROM guard
ON CONFLICT (provider_key) DO NOTHING
RETURNING state;

-- review_page :rows
-- in:  state text?, before uuid, ask int4
-- out: id uuid, code text, order_id text, provider_key text, captured_krw int8, payment_id uuid?, state text,
--      raised_at timestamptz, decided_by uuid?, decided_at timestamptz?, reason text?, failure_code text?,
--      cancelled_at timestamptz?
SELECT id, code, order_id, provider_key, captured_krw, payment_id, state, raised_at, decided_by, decided_at, reason,
       failure_code, cancelled_at
  FROM payment_review WHERE id < $2 AND ($1::text IS NULL OR state = $1) ORDER BY id DESC LIMIT $3;

-- review_lock :maybe
-- in:  id uuid
-- out: id uuid, code text, order_id text, provider_key text, captured_krw int8, payment_id uuid?, state text,
--      raised_at timestamptz, decided_by uuid?, decided_at timestamptz?, reason text?, failure_code text?,
--      cancelled_at timestamptz?
SELECT id, code, order_id, provider_key, captured_krw, payment_id, state, raised_at, decided_by, decided_at, reason,
       failure_code, cancelled_at
  FROM payment_review WHERE id = $1 FOR UPDATE;

-- review_decide :queue
-- in:  id uuid, state text, decided_by uuid, decided_at timestamptz, reason text
UPDATE payment_review SET state = $2, decided_by = $3, decided_at = $4, reason = $5, failure_code = NULL WHERE id = $1;

-- review_end :queue
-- in:  id uuid, state text, failure_code text?, cancelled_at timestamptz?
UPDATE payment_review SET state = $2, failure_code = $3, cancelled_at = $4 WHERE id = $1;
