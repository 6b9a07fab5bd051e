-- verification_phone_lock :queue
-- in:  phone text
-- Sends to one phone go one after the other. A statement of its own, so that the next one's snapshot is taken behind the
-- lock and sees what the one before it has sent.
SELECT pg_advisory_xact_lock(hashtextextended('verification ' || $1, 0));

-- verification_insert :queue
-- in:  id uuid, purpose text, belongs_to bytea, phone text, code_digest bytea, trusted bool, sent_at timestamptz,
--      expires_at timestamptz
INSERT INTO verification (id, purpose, signup_digest, reset_digest, phone, code_digest, trusted, sent_at, expires_at)
VALUES ($1, $2, CASE WHEN $2 = 'signup' THEN $3::bytea END, CASE WHEN $2 = 'reset' THEN $3 END, $4, $5, $6, $7, $8);

-- sms_spend :one
-- in:  network text, day date, network_max int4, day_max int4, real bool
-- out: network_spent int4, day_spent int4
-- One more, unless it is one too many; one that is refused for its network costs the day nothing. The rows are locked in
-- this order by everybody.
WITH network AS (
    INSERT INTO sms_budget AS b (scope, key, day, spent) VALUES ('ip', $1, $2, 1)
    ON CONFLICT (scope, key, day) DO UPDATE SET spent = least(b.spent, $3) + 1 RETURNING spent
), whole AS (
    INSERT INTO sms_budget AS b (scope, key, day, spent) SELECT 'day', '', $2, 1 FROM network WHERE spent <= $3 AND $5
    ON CONFLICT (scope, key, day) DO UPDATE SET spent = least(b.spent, $4) + 1 RETURNING spent
)
SELECT spent, coalesce((SELECT spent FROM whole), 0) FROM network;

-- sms_capped :changed
-- in:  scope text, day date, now timestamptz
INSERT INTO sms_cap (scope, day, capped_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;
