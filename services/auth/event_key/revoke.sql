-- The first revocation stands. Who may hear is looked up here by every publisher, so this row is all there is to do.
-- event_key_end :maybe
-- in:  id uuid, by uuid, now timestamptz
-- out: name text, company_id uuid?, first bool
UPDATE event_key SET revoked_by = coalesce(revoked_by, $2), revoked_at = coalesce(revoked_at, $3),
	old_digest = NULL, old_until = NULL
 WHERE id = $1
RETURNING name, company_id, revoked_at = $3 AS first;
