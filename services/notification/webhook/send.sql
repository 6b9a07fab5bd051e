-- webhook_sending :maybe
-- in:  id uuid
-- out: webhook_id uuid, url text, secret bytea, old_secret bytea?, old_secret_until timestamptz?, enabled bool,
--      failures int4, paused_until timestamptz?, status text, round int4, round_attempts int4, next_at timestamptz?, body text
SELECT w.id, w.url, w.secret, w.old_secret, w.old_secret_until, w.status = 'enabled' AND w.deleted_at IS NULL, w.failures,
       w.paused_until, d.status, d.round, d.round_attempts, d.next_at, d.body
  FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id WHERE d.id = $1;

-- webhook_dropped :queue
-- in:  id uuid, now timestamptz
UPDATE webhook_delivery SET status = 'dropped', next_at = NULL, settled_at = $2 WHERE id = $1 AND status = 'waiting';

-- webhook_attempted :changed
-- in:  id uuid, round int4, status text, next_at timestamptz?, answered int4?, failure text?, at timestamptz, took_ms int4,
--      now timestamptz
-- Counts only for the round that was sent. The endpoint's row is written by webhook_judged.
WITH told AS (
    UPDATE webhook_delivery SET attempts = attempts + 1, round_attempts = round_attempts + 1, status = $3, next_at = $4,
           last_status = $5, last_failure = $6, settled_at = CASE WHEN $3 <> 'waiting' THEN $9::timestamptz END
     WHERE id = $1 AND round = $2 AND status = 'waiting' RETURNING id, attempts
)
INSERT INTO webhook_attempt (delivery_id, number, at, took_ms, status, failure)
SELECT id, attempts, $7, $8, $5, $6 FROM told;

-- webhook_judged :queue
-- in:  id uuid, well bool, paused_until timestamptz?, gone bool, now timestamptz
-- Nothing is written for an endpoint that goes on to work.
UPDATE webhook SET failures = CASE WHEN $2 THEN 0 ELSE failures + 1 END,
       paused_until = CASE WHEN $2 THEN NULL ELSE greatest($3, paused_until) END,
       status = CASE WHEN $4 THEN 'disabled' ELSE status END,
       disabled_reason = CASE WHEN $4 THEN coalesce(disabled_reason, 'gone') ELSE disabled_reason END,
       version = version + CASE WHEN $4 THEN 1 ELSE 0 END,
       updated_at = CASE WHEN $4 THEN $5 ELSE updated_at END
 WHERE id = $1 AND (NOT $2 OR failures <> 0);
