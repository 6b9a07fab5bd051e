-- idempotency_claim :queue
-- in: tenant uuid, route text, key text, digest bytea
SELECT idempotency_claim($1, $2, $3, $4);

-- idempotency_keep :queue
-- in: tenant uuid, route text, key text, digest bytea, status int4, headers text, answer bytea, at timestamptz
INSERT INTO idempotency (tenant, route, key, digest, state, status, headers, answer, created_at)
VALUES ($1, $2, $3, $4, 'done', $5, $6, $7, $8);

-- idempotency_lease :queue
-- in: tenant uuid, route text, key text, digest bytea, at timestamptz, until timestamptz
SELECT idempotency_lease($1, $2, $3, $4, $5, $6);

-- idempotency_settle :queue
-- in: tenant uuid, route text, key text, status int4, headers text, answer bytea
UPDATE idempotency SET state = 'done', lease_until = NULL, status = $4, headers = $5, answer = $6
WHERE tenant = $1 AND route = $2 AND key = $3 AND state = 'running';

-- idempotency_release :queue
-- in: tenant uuid, route text, key text, mine timestamptz
UPDATE idempotency SET lease_until = '-infinity'
WHERE tenant = $1 AND route = $2 AND key = $3 AND state = 'running' AND lease_until = $4;

-- idempotency_read :maybe
-- in: tenant uuid, route text, key text
-- out: status int4, headers text, answer bytea
SELECT status, headers, answer FROM idempotency
WHERE tenant = $1 AND route = $2 AND key = $3 AND state = 'done';

-- Gathered first: what is IN a list of unknown length would be looked for by reading the whole table.
-- idempotency_reap :changed
-- in: before timestamptz, most int4
DELETE FROM idempotency WHERE ctid = ANY (ARRAY(SELECT ctid FROM idempotency WHERE created_at < $1 LIMIT $2));
