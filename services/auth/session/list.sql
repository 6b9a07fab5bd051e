-- session_page :rows
-- in:  user_id uuid, now timestamptz, before uuid, ask int4
-- out: id uuid, last_ip text, agent text, created_at timestamptz, last_seen_at timestamptz, expires_at timestamptz
SELECT id, last_ip, agent, created_at, last_seen_at, expires_at
  FROM session WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND id < $3
 ORDER BY id DESC LIMIT $4;
