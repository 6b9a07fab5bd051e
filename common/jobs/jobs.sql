-- Jobs: put, claimed, ended. look_at tells when a worker may take a row; the end of a lease is such a moment,
-- so that a worker that died is replaced by the same statement that finds new work.

-- job_put :queue
-- in:  id uuid, kind text, key text, payload bytea, due timestamptz, trace text?
INSERT INTO jobs (id, kind, key, payload, due_at, look_at, trace) VALUES ($1, $2, $3, $4, $5, $5, $6)
ON CONFLICT (kind, key) DO NOTHING;

-- job_cancel :queue
-- in:  kind text, key text
DELETE FROM jobs WHERE kind = $1 AND key = $2;

-- job_daily :changed
-- in:  id uuid, kind text, day text, due timestamptz, forget text
WITH begun AS (INSERT INTO job_days (kind, day) VALUES ($2, $3) ON CONFLICT DO NOTHING RETURNING day),
     forgotten AS (DELETE FROM job_days WHERE kind = $2 AND day < $5)
INSERT INTO jobs (id, kind, key, payload, due_at, look_at)
SELECT $1, $2, day, '', $4, $4 FROM begun
ON CONFLICT (kind, key) DO NOTHING;

-- job_look :one
-- in:  leased_kinds text[], locked_kinds text[], now timestamptz
-- out: leased bool, locked bool
SELECT EXISTS (SELECT 1 FROM jobs WHERE state <> 'parked' AND look_at <= $3 AND kind = ANY ($1)) AS leased,
       EXISTS (SELECT 1 FROM jobs WHERE state <> 'parked' AND look_at <= $3 AND kind = ANY ($2)) AS locked;

-- job_claim_leased :maybe
-- in:  kinds text[], seconds int4[], now timestamptz, lease uuid
-- out: id uuid, kind text, key text, payload bytea, trace text?, attempts int4, due timestamptz
WITH next AS MATERIALIZED (
	SELECT id FROM jobs
	WHERE state <> 'parked' AND look_at <= $3 AND kind = ANY ($1)
	ORDER BY look_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE jobs j
SET state = 'leased', lease = $4, attempts = j.attempts + 1,
    look_at = $3::timestamptz + make_interval(secs => ($2::int4[])[array_position($1::text[], j.kind)])
WHERE j.id = (SELECT id FROM next)
RETURNING j.id, j.kind, j.key, j.payload, j.trace, j.attempts, j.due_at AS due;

-- job_claim_locked :maybe
-- in:  kinds text[], now timestamptz
-- out: id uuid, kind text, key text, payload bytea, trace text?, attempts int4, due timestamptz
SELECT id, kind, key, payload, trace, attempts + 1 AS attempts, due_at AS due FROM jobs
WHERE state <> 'parked' AND look_at <= $2 AND kind = ANY ($1)
ORDER BY look_at LIMIT 1 FOR UPDATE SKIP LOCKED;

-- job_done_leased :changed
-- in:  id uuid, lease uuid
DELETE FROM jobs WHERE id = $1 AND lease = $2;

-- job_done_locked :queue
-- in:  id uuid
DELETE FROM jobs WHERE id = $1;

-- job_again_leased :changed
-- in:  id uuid, lease uuid, due timestamptz, payload bytea?
UPDATE jobs SET state = 'waiting', lease = NULL, attempts = 0, due_at = $3, look_at = $3, payload = coalesce($4, payload)
WHERE id = $1 AND lease = $2;

-- job_again_locked :queue
-- in:  id uuid, due timestamptz, payload bytea?
UPDATE jobs SET state = 'waiting', lease = NULL, attempts = 0, due_at = $2, look_at = $2, payload = coalesce($3, payload)
WHERE id = $1;

-- The state as an expression: the index of what waits is no way to find one job, however short it looks while it is empty.
-- job_failed :changed
-- in:  id uuid, lease uuid?, attempts int4, look timestamptz, parked bool, slug text, detail text
UPDATE jobs SET state = CASE WHEN $5 THEN 'parked' ELSE 'waiting' END, lease = NULL, attempts = $3, look_at = $4,
                last_slug = $6, last_detail = $7
WHERE id = $1 AND lease IS NOT DISTINCT FROM $2 AND attempts <= $3 AND state || '' <> 'parked';

-- Whatever waits is counted to a limit, along the indexes of what is due and of what was given up.
-- job_counts :rows
-- in:  now timestamptz
-- out: kind text, due int8, oldest timestamptz?, parked int8
WITH due AS (
	SELECT kind, look_at FROM jobs WHERE state <> 'parked' AND look_at <= $1 ORDER BY look_at LIMIT 10000
), parked AS (
	SELECT kind FROM jobs WHERE state = 'parked' ORDER BY look_at LIMIT 10000
), both_kinds AS (
	SELECT kind, look_at, 1 AS due, 0 AS parked FROM due
	UNION ALL
	SELECT kind, NULL, 0, 1 FROM parked
)
SELECT kind, sum(due) AS due, min(look_at) AS oldest, sum(parked) AS parked FROM both_kinds GROUP BY kind;

-- job_parked :rows
-- in:  most int4
-- out: id uuid, kind text, key text, attempts int4, parked timestamptz, slug text, detail text
SELECT id, kind, key, attempts, look_at AS parked, coalesce(last_slug, '') AS slug, coalesce(last_detail, '') AS detail
FROM jobs WHERE state = 'parked' ORDER BY look_at LIMIT $1;

-- job_parked_one :maybe
-- in:  id uuid
-- out: kind text, key text
SELECT kind, key FROM jobs WHERE id = $1 AND state = 'parked';

-- job_parked_whole :maybe
-- in:  id uuid
-- out: kind text, key text, attempts int4, due timestamptz, parked timestamptz, slug text, detail text, trace text, bytes int4
SELECT kind, key, attempts, due_at AS due, look_at AS parked, coalesce(last_slug, '') AS slug,
       coalesce(last_detail, '') AS detail, coalesce(trace, '') AS trace, octet_length(payload) AS bytes
FROM jobs WHERE id = $1 AND state = 'parked';

-- job_redrive :changed
-- in:  id uuid, now timestamptz
UPDATE jobs SET state = 'waiting', attempts = 0, look_at = $2 WHERE id = $1 AND state = 'parked';
