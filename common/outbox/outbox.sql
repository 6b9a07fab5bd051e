-- Statements of the outbox: the row, the relay's numbering, the answers of REP, the sweep.

-- outbox_insert :queue
-- in:  event_id uuid, type text, version int4, occurred_at timestamptz, tenant uuid?, key uuid, partition int2,
--      trace text, payload bytea, is_public bool
INSERT INTO outbox (event_id, type, version, occurred_at, tenant, key, partition, traceparent, payload, is_public)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- Held by the session until it ends; the relay at work is the one that got it.
-- outbox_relay_lock :one
-- out: got bool
SELECT pg_try_advisory_lock(hashtextextended('relay ' || current_schema(), 0)) AS got;

-- For the session: what waits is walked in its order along its index, whatever the planner believes. A table it has not
-- looked at since it was empty it would rather gather all that waits and sort it, for every batch anew.
-- outbox_relay_plans :one
-- out: bitmaps text
SELECT set_config('enable_bitmapscan', 'off', false) AS bitmaps;

-- Numbers what has been committed, in the order of id, without a hole per partition. Rows of one key come in
-- the order of their commits, because each was inserted under the lock of that key's row. The limit stands
-- here and not in a parameter, or the planner would expect a tenth of the table and read all of it. Nobody else
-- touches a row that waits, so it still stands where it was found.
-- outbox_number :rows
-- out: event_id uuid, type text, version int4, occurred_at timestamptz, tenant uuid?, key uuid, partition int2,
--      seq int8, trace text, payload bytea, is_public bool
WITH batch AS MATERIALIZED (
	SELECT w.at, w.partition, row_number() OVER (PARTITION BY w.partition ORDER BY w.id) AS nth
	FROM (SELECT ctid AS at, id, partition FROM outbox WHERE seq IS NULL ORDER BY id LIMIT 500) w
), heads AS (
	UPDATE outbox_head h SET seq = h.seq + c.n
	FROM (SELECT partition, count(at) AS n FROM batch GROUP BY partition) c
	WHERE h.partition = c.partition
	RETURNING h.partition, h.seq - c.n AS base
), numbered AS (
	UPDATE outbox o SET seq = heads.base + batch.nth
	FROM batch JOIN heads ON heads.partition = batch.partition
	WHERE o.ctid = batch.at
	RETURNING o.id, o.event_id, o.type, o.version, o.occurred_at, o.tenant, o.key, o.partition, o.seq,
		o.traceparent, o.payload, o.is_public
)
SELECT event_id, type, version, occurred_at, tenant, key, partition, seq, traceparent AS trace, payload, is_public
FROM numbered ORDER BY id;

-- Once a second by the one relay at work: however much waits, it is counted to a limit along the index of what waits.
-- outbox_backlog :one
-- out: n int8, oldest timestamptz?
SELECT (SELECT count(w.id) FROM (SELECT id FROM outbox WHERE seq IS NULL ORDER BY id LIMIT 100000) w) AS n,
	(SELECT occurred_at FROM outbox WHERE seq IS NULL ORDER BY id LIMIT 1) AS oldest;

-- Only a prefix of a partition may go, or the ones who ask would find a hole: a row numbered late can be older
-- than its predecessor. What a subscriber outside has not read yet stays until `latest`, if it was heard of since then.
-- outbox_sweep :one
-- in:  before timestamptz, latest timestamptz
-- out: n int8
WITH unread AS (
	SELECT (u.n - 1)::int2 AS partition, min(u.seq) AS seq
	FROM outbox_subscriber s CROSS JOIN LATERAL unnest(s.cursor) WITH ORDINALITY AS u (seq, n)
	WHERE s.asked_at >= $2 GROUP BY u.n
), run AS (
	SELECT o.at, o.partition, o.seq,
		bool_and(o.occurred_at < $1 AND (o.seq <= coalesce(o.read, o.seq) OR o.occurred_at < $2))
			OVER (PARTITION BY o.partition ORDER BY o.seq) AS expired
	FROM outbox_head h LEFT JOIN unread u ON u.partition = h.partition CROSS JOIN LATERAL (
		SELECT k.ctid AS at, k.partition, k.seq, k.occurred_at, u.seq AS read FROM outbox k
		WHERE k.partition = h.partition AND k.seq >= h.oldest_seq ORDER BY k.seq LIMIT 250) o
), gone AS (
	DELETE FROM outbox o USING run WHERE o.ctid = run.at AND run.expired RETURNING o.partition, o.seq
), moved AS (
	UPDATE outbox_head h SET oldest_seq = g.next
	FROM (SELECT partition, max(seq) + 1 AS next FROM gone GROUP BY partition) g
	WHERE h.partition = g.partition
)
SELECT count(seq) AS n FROM gone;

-- outbox_forget_subscribers :changed
-- in:  latest timestamptz
DELETE FROM outbox_subscriber WHERE asked_at < $1;

-- outbox_subscribers :rows
-- out: name text, asked_at timestamptz, behind int8
SELECT s.name, s.asked_at, (SELECT sum(h.seq - s.cursor[h.partition + 1])::int8 FROM outbox_head h) AS behind
FROM outbox_subscriber s ORDER BY s.name LIMIT 1000;

-- outbox_heads :rows
-- out: partition int2, seq int8
SELECT partition, seq FROM outbox_head ORDER BY partition;

-- outbox_head :one
-- in:  partition int2
-- out: seq int8, oldest_seq int8
SELECT seq, oldest_seq FROM outbox_head WHERE partition = $1;

-- At least one row when there is any, and no more than max_bytes of payload otherwise.
-- outbox_after :rows
-- in:  partition int2, after int8, most int4, max_bytes int8
-- out: event_id uuid, type text, version int4, occurred_at timestamptz, tenant uuid?, key uuid, partition int2,
--      seq int8, trace text, payload bytea
SELECT event_id, type, version, occurred_at, tenant, key, partition, seq, traceparent AS trace, payload
FROM (
	SELECT o.event_id, o.type, o.version, o.occurred_at, o.tenant, o.key, o.partition, o.seq, o.traceparent, o.payload,
		sum(octet_length(o.payload)) OVER (ORDER BY o.seq) - octet_length(o.payload) AS before
	FROM (
		SELECT k.event_id, k.type, k.version, k.occurred_at, k.tenant, k.key, k.partition, k.seq, k.traceparent,
			k.payload
		FROM outbox k WHERE k.partition = $1 AND k.seq > $2 ORDER BY k.seq LIMIT $3) o
) s
WHERE before < $4 ORDER BY seq;
