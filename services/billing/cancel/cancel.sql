-- cancellation_insert :queue
-- in:  id uuid, payment_id uuid, user_id uuid, company_id uuid, amount_krw int8, reason text, requested_by uuid,
--      requested_at timestamptz
WITH reserved AS (
    UPDATE payment SET reserved_krw = reserved_krw + $5 WHERE id = $2
)
INSERT INTO cancellation (id, payment_id, user_id, company_id, amount_krw, status, reason, requested_by, requested_at)
VALUES ($1, $2, $3, $4, $5, 'requested', $6, $7, $8);

-- cancellation_count :one
-- in:  payment_id uuid
-- out: n int8
SELECT count(*) AS n FROM cancellation WHERE payment_id = $1;

-- cancellation_of_payment :rows
-- in:  payment_id uuid
-- out: id uuid, amount_krw int8, status text, reason text, failure_code text?, requested_at timestamptz,
--      ended_at timestamptz?
SELECT id, amount_krw, status, reason, failure_code, requested_at, ended_at
  FROM cancellation WHERE payment_id = $1 ORDER BY id;

-- cancellation_find :maybe
-- in:  id uuid
-- out: payment_id uuid, amount_krw int8, status text
SELECT payment_id, amount_krw, status FROM cancellation WHERE id = $1;

-- cancellation_lock :maybe
-- in:  id uuid
-- out: id uuid, payment_id uuid, user_id uuid, company_id uuid, amount_krw int8, status text
SELECT id, payment_id, user_id, company_id, amount_krw, status FROM cancellation WHERE id = $1 FOR UPDATE;

-- cancellation_hold :queue
-- in:  id uuid, held_at timestamptz
UPDATE cancellation SET status = 'held', held_at = $2 WHERE id = $1;

-- cancellation_unknown :queue
-- in:  id uuid
UPDATE cancellation SET status = 'unknown' WHERE id = $1;

-- cancellation_refunded :queue
-- in:  id uuid, ended_at timestamptz, cancelled_at timestamptz
WITH given AS (
    UPDATE cancellation SET status = 'refunded', ended_at = $2, cancelled_at = $3 WHERE id = $1
    RETURNING payment_id, amount_krw
)
UPDATE payment p SET refunded_krw = p.refunded_krw + given.amount_krw FROM given WHERE p.id = given.payment_id;

-- cancellation_ended :queue
-- in:  id uuid, status text, failure_code text, ended_at timestamptz
WITH ended AS (
    UPDATE cancellation SET status = $2, failure_code = $3, ended_at = $4 WHERE id = $1
    RETURNING payment_id, amount_krw
)
UPDATE payment p SET reserved_krw = p.reserved_krw - ended.amount_krw FROM ended WHERE p.id = ended.payment_id;
