-- password_reset_find :one
-- in:  phone text, client_ip text, known_device bool, day_start timestamptz
-- out: user_id uuid?, trusted bool, last_sent_at timestamptz?, sent_today int8
WITH owner AS (
    SELECT id FROM users WHERE phone = $1 AND deleted_at IS NULL
), asker AS (
    SELECT $3 OR EXISTS (SELECT FROM session s JOIN owner o ON o.id = s.user_id WHERE $2 IN (s.client_ip, s.last_ip)) AS trusted
), sent AS (
    SELECT v.sent_at FROM verification v, asker a WHERE v.phone = $1 AND v.trusted = a.trusted
)
SELECT (SELECT id FROM owner), a.trusted, (SELECT max(sent_at) FROM sent),
       (SELECT count(*) FROM sent WHERE sent_at >= $4)
  FROM asker a;

-- password_reset_insert :queue
-- in:  token_digest bytea, phone text, user_id uuid?, created_at timestamptz, expires_at timestamptz
INSERT INTO password_reset (token_digest, phone, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5);
