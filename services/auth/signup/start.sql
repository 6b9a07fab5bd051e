-- signup_insert :queue
-- in:  token_digest bytea, phone text, email text, name text, password_phc text, created_at timestamptz,
--      expires_at timestamptz
INSERT INTO signup (token_digest, phone, email, name, password_phc, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);
