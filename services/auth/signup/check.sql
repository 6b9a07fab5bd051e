-- signup_phone_lock :queue
-- in:  token_digest bytea
-- What verification_phone_lock does, for a phone that is not known yet.
SELECT pg_advisory_xact_lock(hashtextextended('verification ' || s.phone, 0)) FROM signup s WHERE s.token_digest = $1;

-- signup_find :maybe
-- in:  token_digest bytea, day_start timestamptz
-- out: phone text, email text, expires_at timestamptz, proven bool, phone_taken bool, email_taken bool,
--      last_sent_at timestamptz?, sent_today int8
SELECT s.phone, s.email, s.expires_at, s.proven_at IS NOT NULL,
       EXISTS (SELECT FROM users u WHERE u.phone = s.phone AND u.deleted_at IS NULL),
       EXISTS (SELECT FROM users u WHERE u.email = s.email AND u.deleted_at IS NULL),
       (SELECT max(v.sent_at) FROM verification v WHERE v.phone = s.phone AND NOT v.trusted),
       (SELECT count(*) FROM verification v WHERE v.phone = s.phone AND NOT v.trusted AND v.sent_at >= $2)
  FROM signup s WHERE s.token_digest = $1;

-- signup_code_lock :maybe
-- in:  signup_digest bytea, now timestamptz
-- out: id uuid, code_digest bytea, tries int4, expired bool, signup_expired bool, proven bool
-- The newest code of the sign-up; an older one is dead once a newer was sent.
SELECT v.id, v.code_digest, v.tries, v.expires_at <= $2, s.expires_at <= $2, s.proven_at IS NOT NULL
  FROM signup s JOIN verification v ON v.signup_digest = s.token_digest
 WHERE s.token_digest = $1 ORDER BY v.sent_at DESC LIMIT 1 FOR UPDATE OF v, s;

-- signup_waits :maybe
-- in:  signup_digest bytea, now timestamptz
-- out: phone text
SELECT phone FROM signup WHERE token_digest = $1 AND expires_at > $2;

-- signup_proven :queue
-- in:  id uuid, signup_digest bytea, now timestamptz
WITH proven AS (UPDATE verification SET proven_at = $3 WHERE id = $1)
UPDATE signup SET proven_at = $3 WHERE token_digest = $2;
