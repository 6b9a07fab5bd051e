-- A key of a company that is gone opens nothing.
-- event_key_proof :maybe
-- in:  id uuid, now timestamptz
-- out: types text[], company_id uuid?, digest bytea, old_digest bytea?, old_until timestamptz?
SELECT k.types, k.company_id, k.digest, CASE WHEN k.old_until > $2 THEN k.old_digest END AS old_digest, k.old_until
  FROM event_key k
  LEFT JOIN company c ON c.id = k.company_id
 WHERE k.id = $1 AND k.revoked_at IS NULL AND c.deleted_at IS NULL;
