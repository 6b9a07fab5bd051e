-- What stood there before; the secret is changed only when the key is neither revoked nor rotating. A row that is
-- locked for another rotation is looked at again once that has ended.
-- event_key_renew :maybe
-- in:  id uuid, digest bytea, until timestamptz, now timestamptz
-- out: company_id uuid?, revoked bool, rotating bool
WITH was AS (
	SELECT k.id, k.company_id, k.digest, k.revoked_at IS NOT NULL AS revoked, coalesce(k.old_until > $4, false) AS rotating
	FROM event_key k WHERE k.id = $1 FOR UPDATE
), renewed AS (
	UPDATE event_key k SET digest = $2, old_digest = was.digest, old_until = $3
	FROM was WHERE k.id = was.id AND NOT was.revoked AND NOT was.rotating
)
SELECT company_id, revoked, rotating FROM was;
