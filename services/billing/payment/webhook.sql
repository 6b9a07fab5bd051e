-- payment_by_order :maybe
-- in:  order_id text
-- out: id uuid, status text, hinted_at timestamptz?, waiting bool
SELECT id, status, hinted_at, EXISTS (SELECT FROM jobs WHERE kind = 'payment_hint' AND key = p.id::text) AS waiting
  FROM payment p WHERE order_id = $1;

-- hint_note :changed
-- in:  id text, heard_at timestamptz
INSERT INTO payment_hint (id, heard_at) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- hint_spend :changed
-- in:  minute int8, most int4
UPDATE hint_budget SET n = CASE WHEN minute = $1 THEN n + 1 ELSE 1 END, minute = $1 WHERE minute <> $1 OR n < $2;

-- hint_due :queue
-- in:  payment_id uuid, hinted_at timestamptz
UPDATE payment SET hinted_at = $2 WHERE id = $1;

-- hint_reap :changed
-- in:  before timestamptz
DELETE FROM payment_hint WHERE heard_at < $1;
