-- signup_take :maybe
-- in:  token_digest bytea
-- out: phone text, email text, name text, password_phc text, expires_at timestamptz, proven bool
-- Taken, not read: of two at once one gets the row, the other waits and finds nothing.
DELETE FROM signup WHERE token_digest = $1
RETURNING phone, email, name, password_phc, expires_at, proven_at IS NOT NULL;
