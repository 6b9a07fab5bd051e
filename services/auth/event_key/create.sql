-- No row: there is no such company.
-- event_key_insert :changed
-- in:  id uuid, name text, types text[], company uuid?, digest bytea, by uuid, now timestamptz
INSERT INTO event_key (id, name, types, company_id, digest, created_by, created_at)
SELECT $1, $2, $3, $4::uuid, $5, $6, $7
 WHERE $4::uuid IS NULL OR EXISTS (SELECT 1 FROM company c WHERE c.id = $4 AND c.deleted_at IS NULL);
