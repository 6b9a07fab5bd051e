-- Statements of the inbox: who holds which partition, the cursor, the parked events.

-- Being a member is a shared lock of the session; the members are counted in pg_locks, so a dead one is gone
-- with its connection.
-- inbox_join :one
-- in:  publisher text
-- out: got bool
SELECT pg_try_advisory_lock_shared(hashtextextended('inbox ' || current_schema() || ' ' || $1, 0)) AS got;

-- inbox_members :one
-- in:  publisher text
-- out: n int4
SELECT count(l.pid)::int4 AS n
FROM (SELECT hashtextextended('inbox ' || current_schema() || ' ' || $1, 0) AS k) h
JOIN pg_locks l ON l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND l.mode = 'ShareLock'
	AND l.classid = ((h.k >> 32) & 4294967295)::oid AND l.objid = (h.k & 4294967295)::oid
	AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());

-- inbox_take :one
-- in:  publisher text, partition int2
-- out: got bool
SELECT pg_try_advisory_lock(hashtextextended('inbox ' || current_schema() || ' ' || $1 || ' ' || $2::text, 0)) AS got;

-- inbox_give :one
-- in:  publisher text, partition int2
-- out: held bool
SELECT pg_advisory_unlock(hashtextextended('inbox ' || current_schema() || ' ' || $1 || ' ' || $2::text, 0)) AS held;

-- inbox_cursor_make :changed
-- in:  publisher text, partition int2, at timestamptz
INSERT INTO inbox_cursor (publisher, partition, seq, updated_at) VALUES ($1, $2, 0, $3) ON CONFLICT DO NOTHING;

-- inbox_cursor_read :one
-- in:  publisher text, partition int2
-- out: seq int8
SELECT seq FROM inbox_cursor WHERE publisher = $1 AND partition = $2;

-- First in every transaction that handles or parks: an operator's redrive and the inbox exclude each other
-- here. What is parked, and where the cursors are, is read by the next statement, whose snapshot is younger than
-- the lock.
-- inbox_cursor_lock :queue
-- in:  publisher text, partitions int4[]
SELECT seq FROM inbox_cursor WHERE publisher = $1 AND partition = ANY ($2) ORDER BY partition FOR UPDATE;

-- A row for each of the partitions that stands where it is believed to, and beside it, more than once if need be,
-- the keys of which something is parked there.
-- inbox_cursor_look :rows
-- in:  publisher text, partitions int4[], heard int8[], keys uuid[]
-- out: partition int2, parked uuid?
SELECT c.partition, p.key AS parked
FROM unnest($2::int4[], $3::int8[]) AS m (partition, heard)
JOIN inbox_cursor c ON c.publisher = $1 AND c.partition = m.partition AND c.seq = m.heard
LEFT JOIN (SELECT DISTINCT k.partition, k.key FROM inbox_parked k
	WHERE k.publisher = $1 AND k.partition = ANY ($2) AND k.key = ANY ($4)) p ON p.partition = c.partition;

-- inbox_cursor_move :queue
-- in:  publisher text, partitions int4[], handled int8[], at timestamptz
UPDATE inbox_cursor c SET seq = m.handled, updated_at = $4
FROM unnest($2::int4[], $3::int8[]) AS m (partition, handled)
WHERE c.publisher = $1 AND c.partition = m.partition;

-- One that joins a key which is being redriven is redriven with it.
-- inbox_park :queue
-- in:  event_id uuid, publisher text, partition int2, seq int8, key uuid, type text, envelope bytea, reason text,
--      tries int4, at timestamptz
INSERT INTO inbox_parked (event_id, publisher, partition, seq, key, type, envelope, reason, tries, parked_at, redrive_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
	(SELECT max(p.redrive_at) FROM inbox_parked p WHERE p.publisher = $2 AND p.partition = $3 AND p.key = $5))
ON CONFLICT DO NOTHING;

-- inbox_parked_count :one
-- in:  publisher text
-- out: n int8
SELECT count(event_id) AS n FROM inbox_parked WHERE publisher = $1;

-- inbox_parked_all :rows
-- out: event_id uuid, publisher text, partition int2, seq int8, key uuid, type text, reason text, tries int4,
--      parked_at timestamptz, redriving bool
SELECT event_id, publisher, partition, seq, key, type, reason, tries, parked_at, redrive_at IS NOT NULL AS redriving
FROM inbox_parked ORDER BY publisher, partition, seq LIMIT 1000;

-- inbox_parked_find :maybe
-- in:  event_id uuid
-- out: publisher text, partition int2, seq int8, key uuid, type text, reason text, tries int4, parked_at timestamptz,
--      of_key int8
SELECT p.publisher, p.partition, p.seq, p.key, p.type, p.reason, p.tries, p.parked_at,
	(SELECT count(k.event_id) FROM inbox_parked k
		WHERE k.publisher = p.publisher AND k.partition = p.partition AND k.key = p.key) AS of_key
FROM inbox_parked p WHERE p.event_id = $1;

-- inbox_parked_whole :maybe
-- in:  event_id uuid
-- out: publisher text, partition int2, seq int8, key uuid, type text, envelope bytea, reason text, tries int4,
--      parked_at timestamptz, redriving bool, of_key int8
SELECT p.publisher, p.partition, p.seq, p.key, p.type, p.envelope, p.reason, p.tries, p.parked_at,
	p.redrive_at IS NOT NULL AS redriving, (SELECT count(k.event_id) FROM inbox_parked k
		WHERE k.publisher = p.publisher AND k.partition = p.partition AND k.key = p.key) AS of_key
FROM inbox_parked p WHERE p.event_id = $1;

-- inbox_redrive_ask :changed
-- in:  publisher text, partition int2, key uuid, at timestamptz
UPDATE inbox_parked SET redrive_at = $4 WHERE publisher = $1 AND partition = $2 AND key = $3;

-- inbox_redrive_next :maybe
-- in:  publisher text, partitions int4[]
-- out: event_id uuid, partition int2, seq int8, key uuid, type text, envelope bytea, tries int4
SELECT event_id, partition, seq, key, type, envelope, tries FROM inbox_parked
WHERE publisher = $1 AND partition = ANY ($2) AND redrive_at IS NOT NULL
ORDER BY partition, seq LIMIT 1;

-- inbox_redrive_done :changed
-- in:  event_id uuid
DELETE FROM inbox_parked WHERE event_id = $1;

-- The key waits again: for an operator.
-- inbox_redrive_failed :changed
-- in:  event_id uuid, reason text
WITH failed AS (
	UPDATE inbox_parked SET redrive_at = NULL, tries = tries + 1, reason = $2 WHERE event_id = $1
	RETURNING publisher, partition, key
)
UPDATE inbox_parked p SET redrive_at = NULL FROM failed f
WHERE p.publisher = f.publisher AND p.partition = f.partition AND p.key = f.key AND p.event_id <> $1;
