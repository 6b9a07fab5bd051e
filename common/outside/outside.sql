-- Statements for programs outside: where the publisher is, what is public behind a cursor, who reads how far.

-- outside_heads :rows
-- out: partition int2, seq int8, oldest_seq int8
SELECT partition, seq, oldest_seq FROM outbox_head ORDER BY partition;

-- What passes, of the next 2,000 events of each partition: a partition full of internal events must not cost more
-- than that. Taken in turns, so that none waits for another's backlog; of each partition always a prefix. An event
-- counts for 512 bytes beside its payload. At least one row when there is any; found is how many there were.
-- outside_next :rows
-- in:  after int8[], types text[], company uuid?, most int4, max_bytes int8
-- out: event_id uuid, type text, version int4, occurred_at timestamptz, tenant uuid?, key uuid, partition int2,
--      seq int8, trace text, payload bytea, found int8
WITH asked AS (
	SELECT (u.n - 1)::int2 AS partition, u.seq FROM unnest($1::int8[]) WITH ORDINALITY AS u (seq, n)
), passing AS (
	SELECT k.id, k.bytes, k.partition, k.seq, row_number() OVER (PARTITION BY k.partition ORDER BY k.seq) AS nth
	FROM asked CROSS JOIN LATERAL (
		SELECT o.id, o.partition, o.seq, octet_length(o.payload) + 512 AS bytes
		FROM outbox o
		WHERE o.partition = asked.partition AND o.seq > asked.seq AND o.seq <= asked.seq + 2000 AND o.is_public
			AND (cardinality($2::text[]) = 0 OR o.type = ANY ($2)) AND ($3::uuid IS NULL OR o.tenant = $3)
		ORDER BY o.seq LIMIT $4) k
), turns AS (
	SELECT p.id, p.nth, p.partition, sum(p.bytes) OVER (ORDER BY p.nth, p.partition) - p.bytes AS before,
		count(p.id) OVER () AS found
	FROM passing p
	ORDER BY p.nth, p.partition LIMIT $4
)
SELECT o.event_id, o.type, o.version, o.occurred_at, o.tenant, o.key, o.partition, o.seq, o.traceparent AS trace,
	o.payload, t.found
FROM turns t JOIN outbox o ON o.id = t.id
WHERE t.before < $5 ORDER BY t.nth, t.partition;

-- outside_note :changed
-- in:  name text, cursor int8[], now timestamptz
INSERT INTO outbox_subscriber (name, cursor, asked_at) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, asked_at = excluded.asked_at;
