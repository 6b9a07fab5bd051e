-- webhook_replay_insert :queue
-- in:  id uuid, webhook_id uuid, from_at timestamptz, until_at timestamptz, failed_only bool, now timestamptz
INSERT INTO webhook_replay (id, webhook_id, from_at, until_at, failed_only, cursor_at, cursor_id, created_at)
VALUES ($1, $2, $3, $4, $5, $3, '00000000-0000-0000-0000-000000000000', $6);

-- webhook_replay_page :rows
-- in:  webhook_id uuid, before uuid, ask int4
-- out: id uuid, from_at timestamptz, until_at timestamptz, failed_only bool, replayed int8, created_at timestamptz,
--      done_at timestamptz?
SELECT id, from_at, until_at, failed_only, replayed, created_at, done_at
  FROM webhook_replay WHERE webhook_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3;

-- webhook_replay_some :rows
-- in:  id uuid, now timestamptz, most int4
-- out: id uuid, round int4
-- The next ones behind the cursor, which moves past them.
WITH replay AS MATERIALIZED (
    SELECT webhook_id, from_at, until_at, failed_only, cursor_at, cursor_id
      FROM webhook_replay WHERE id = $1 AND done_at IS NULL FOR UPDATE
), picked AS MATERIALIZED (
    SELECT d.id, d.occurred_at FROM replay r JOIN webhook_delivery d ON d.webhook_id = r.webhook_id
     WHERE (d.occurred_at, d.id) > (r.cursor_at, r.cursor_id) AND d.occurred_at >= r.from_at AND d.occurred_at < r.until_at
       AND d.status <> 'waiting' AND (NOT r.failed_only OR d.status <> 'delivered')
     ORDER BY d.occurred_at, d.id LIMIT $3
), last AS (
    SELECT occurred_at, id FROM picked ORDER BY occurred_at DESC, id DESC LIMIT 1
), moved AS (
    UPDATE webhook_replay r SET replayed = replayed + (SELECT count(*) FROM picked),
           cursor_at = coalesce((SELECT occurred_at FROM last), cursor_at),
           cursor_id = coalesce((SELECT id FROM last), cursor_id),
           done_at = CASE WHEN (SELECT count(*) FROM picked) < $3 THEN $2::timestamptz END
     WHERE r.id = $1 AND r.done_at IS NULL
)
UPDATE webhook_delivery d SET status = 'waiting', round = d.round + 1, round_attempts = 0, next_at = $2, settled_at = NULL
  FROM picked p WHERE d.id = p.id RETURNING d.id, d.round;
