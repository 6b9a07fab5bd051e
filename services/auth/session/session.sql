-- login_find :maybe
-- in:  phone text, client_ip text
-- out: id uuid, kind text, password_phc text, company_id uuid?, familiar bool
-- familiar: a session of this user was opened or refreshed at this address.
SELECT u.id, u.kind, u.password_phc, m.company_id,
       EXISTS (SELECT FROM session s WHERE s.user_id = u.id AND $2 IN (s.client_ip, s.last_ip))
  FROM users u
  LEFT JOIN membership m ON m.user_id = u.id AND m.state = 'member'
 WHERE u.phone = $1 AND u.deleted_at IS NULL;

-- login_write :changed
-- in:  session_id uuid, user_id uuid, refresh_digest bytea, jti uuid, now timestamptz, refresh_expires timestamptz,
--      access_expires timestamptz, client_ip text, agent text, checked_phc text, new_phc text?
-- Nothing when the password that was checked is not the user's any more. new_phc: the same password under today's cost,
-- when that has changed.
WITH seen AS (
    UPDATE users SET last_login_at = $5, password_phc = coalesce($11, password_phc)
     WHERE id = $2 AND password_phc = $10 AND deleted_at IS NULL RETURNING id
), opened AS (
    INSERT INTO session (id, user_id, created_at, last_seen_at, expires_at, client_ip, last_ip, agent)
    SELECT $1, id, $5, $5, $6, $8, $8, $9 FROM seen
), refresh AS (
    INSERT INTO refresh_token (digest, session_id, generation, expires_at) SELECT $3, $1, 1, $6 FROM seen
)
INSERT INTO access_token (jti, session_id, expires_at) SELECT $4, $1, $7 FROM seen;

-- refresh_lock :maybe
-- in:  digest bytea
-- out: session_id uuid, generation int8, expires_at timestamptz, used_at timestamptz?, successor_used bool,
--      revoked bool, user_id uuid, kind text, company_id uuid?
-- The session's row is locked: refreshes of one family go one after the other.
SELECT r.session_id, r.generation, r.expires_at, r.used_at,
       EXISTS (SELECT FROM refresh_token n
                WHERE n.session_id = r.session_id AND n.generation = r.generation + 1 AND n.used_at IS NOT NULL),
       s.revoked_at IS NOT NULL, u.id, u.kind, m.company_id
  FROM refresh_token r
  JOIN session s ON s.id = r.session_id
  JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL
  LEFT JOIN membership m ON m.user_id = u.id AND m.state = 'member'
 WHERE r.digest = $1 FOR UPDATE OF s, r;

-- refresh_rotate :queue
-- in:  digest bytea, session_id uuid, successor_digest bytea, generation int8, now timestamptz,
--      refresh_expires timestamptz, client_ip text
WITH used AS (
    UPDATE refresh_token SET used_at = $5 WHERE digest = $1
), seen AS (
    UPDATE session SET last_seen_at = $5, last_ip = $7, expires_at = greatest(expires_at, $6) WHERE id = $2
)
INSERT INTO refresh_token (digest, session_id, generation, expires_at) VALUES ($3, $2, $4, $6);

-- access_issued :queue
-- in:  jti uuid, session_id uuid, expires_at timestamptz
INSERT INTO access_token (jti, session_id, expires_at) VALUES ($1, $2, $3);

-- session_revoke :maybe
-- in:  session_id uuid, now timestamptz, reason text
-- out: user_id uuid, version int8
UPDATE session SET revoked_at = $2, revoke_reason = $3, version = version + 1
 WHERE id = $1 AND revoked_at IS NULL RETURNING user_id, version;

-- sessions_revoke :rows
-- in:  user_id uuid, kept uuid?, now timestamptz, reason text
-- out: session_id uuid, version int8
UPDATE session SET revoked_at = $3, revoke_reason = $4, version = version + 1
 WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $3 AND ($2::uuid IS NULL OR id <> $2) RETURNING id, version;

-- session_seen :changed
-- in:  session_id uuid, now timestamptz, not_since timestamptz
-- Not at every sign of life: one that was seen since then has been seen.
UPDATE session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $3 AND revoked_at IS NULL;

-- sessions_changed :rows
-- in:  user_ids uuid[], now timestamptz
-- out: session_id uuid, version int8
-- Behind the locked rows of these users, so that no log-in slips in between.
UPDATE session SET version = version + 1
 WHERE user_id = ANY ($1) AND revoked_at IS NULL AND expires_at > $2 RETURNING id, version;

-- session_state :maybe
-- in:  session_id uuid
-- out: user_id uuid, kind text, version int8, alive bool, expires_at timestamptz, company_id uuid?, flags int8?
SELECT s.user_id, u.kind, s.version, s.revoked_at IS NULL AND u.deleted_at IS NULL, s.expires_at, m.company_id, t.flags
  FROM session s
  JOIN users u ON u.id = s.user_id
  LEFT JOIN membership m ON m.user_id = u.id AND m.state = 'member'
  LEFT JOIN permission_template t ON t.id = m.template_id
 WHERE s.id = $1;

-- session_tokens :rows
-- in:  session_id uuid, now timestamptz
-- out: jti uuid, expires_at timestamptz
SELECT jti, expires_at FROM access_token WHERE session_id = $1 AND expires_at > $2 ORDER BY expires_at DESC LIMIT 100;
