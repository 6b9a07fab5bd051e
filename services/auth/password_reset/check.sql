-- password_reset_code_lock :maybe
-- in:  token_digest bytea, now timestamptz
-- out: id uuid, code_digest bytea, tries int4, expired bool, proven bool
SELECT v.id, v.code_digest, v.tries, v.expires_at <= $2, r.proven_at IS NOT NULL
  FROM password_reset r JOIN verification v ON v.reset_digest = r.token_digest
 WHERE r.token_digest = $1 AND r.expires_at > $2 ORDER BY v.sent_at DESC LIMIT 1 FOR UPDATE OF v, r;

-- password_reset_proven :queue
-- in:  id uuid, token_digest bytea, now timestamptz
WITH proven AS (UPDATE verification SET proven_at = $3 WHERE id = $1)
UPDATE password_reset SET proven_at = $3 WHERE token_digest = $2;
