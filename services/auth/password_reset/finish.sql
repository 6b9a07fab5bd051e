-- password_reset_peek :maybe
-- in:  token_digest bytea, now timestamptz
-- out: phone text, proven bool
SELECT phone, proven_at IS NOT NULL FROM password_reset WHERE token_digest = $1 AND expires_at > $2;

-- password_reset_take :maybe
-- in:  token_digest bytea
-- out: user_id uuid?
-- Taken, not read: of two at once one gets the row, the other waits and finds nothing.
DELETE FROM password_reset WHERE token_digest = $1 AND proven_at IS NOT NULL RETURNING user_id;
