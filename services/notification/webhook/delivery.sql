-- webhook_wanting :rows
-- in:  type text, company_id uuid?
-- out: id uuid
SELECT id FROM webhook
 WHERE status = 'enabled' AND deleted_at IS NULL AND $1 = ANY (types) AND (company_id IS NULL OR company_id = $2);

-- webhook_delivery_put :queue
-- in:  id uuid, webhook_id uuid, event_id uuid, type text, occurred_at timestamptz, body text, now timestamptz
INSERT INTO webhook_delivery (id, webhook_id, event_id, type, occurred_at, body, status, next_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $7)
ON CONFLICT ON CONSTRAINT webhook_delivery_once DO NOTHING;

-- webhook_delivery_page :rows
-- in:  webhook_id uuid, status text?, before uuid, ask int4
-- out: id uuid, event_id uuid, type text, status text, attempts int4, last_status int4?, last_failure text?,
--      next_at timestamptz?, occurred_at timestamptz, created_at timestamptz, settled_at timestamptz?
SELECT id, event_id, type, status, attempts, last_status, last_failure, next_at, occurred_at, created_at, settled_at
  FROM webhook_delivery
 WHERE webhook_id = $1 AND id < $3 AND ($2::text IS NULL OR status = $2) ORDER BY id DESC LIMIT $4;

-- webhook_delivery_find :maybe
-- in:  id uuid, webhook_id uuid
-- out: id uuid, event_id uuid, type text, status text, attempts int4, last_status int4?, last_failure text?,
--      next_at timestamptz?, occurred_at timestamptz, created_at timestamptz, settled_at timestamptz?, body text
SELECT id, event_id, type, status, attempts, last_status, last_failure, next_at, occurred_at, created_at, settled_at, body
  FROM webhook_delivery WHERE id = $1 AND webhook_id = $2;

-- webhook_attempts :rows
-- in:  delivery_id uuid, most int4
-- out: number int4, at timestamptz, took_ms int4, status int4?, failure text?
SELECT number, at, took_ms, status, failure FROM webhook_attempt WHERE delivery_id = $1 ORDER BY number DESC LIMIT $2;

-- webhook_delivery_again :maybe
-- in:  id uuid, webhook_id uuid, now timestamptz
-- out: id uuid, event_id uuid, type text, status text, attempts int4, last_status int4?, last_failure text?,
--      next_at timestamptz?, occurred_at timestamptz, created_at timestamptz, settled_at timestamptz?, round int4
UPDATE webhook_delivery SET status = 'waiting', round = round + 1, round_attempts = 0, next_at = $3, settled_at = NULL
 WHERE id = $1 AND webhook_id = $2 AND status <> 'waiting'
RETURNING id, event_id, type, status, attempts, last_status, last_failure, next_at, occurred_at, created_at, settled_at, round;

-- webhook_reap :changed
-- in:  before timestamptz, most int4
-- One that is being sent again by then has another status.
DELETE FROM webhook_delivery
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM webhook_delivery WHERE created_at < $1 AND status <> 'waiting'
                          ORDER BY created_at LIMIT $2))
   AND status <> 'waiting';

-- webhook_reap_rest :queue
-- in:  before timestamptz
WITH replays AS (
    DELETE FROM webhook_replay WHERE created_at < $1 AND done_at IS NOT NULL
)
DELETE FROM webhook w WHERE w.deleted_at < $1 AND NOT EXISTS (SELECT FROM webhook_delivery d WHERE d.webhook_id = w.id)
   AND NOT EXISTS (SELECT FROM webhook_replay r WHERE r.webhook_id = w.id);
