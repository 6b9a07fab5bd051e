-- identity_reap :queue
-- in:  now timestamptz, long_ago timestamptz, long_ago_day date
-- What nobody can use any more: unfinished sign-ups and resets, old codes and counts, dead access tokens, and sessions whose
-- last refresh token ended long ago (their refresh tokens go with them).
WITH signups AS (DELETE FROM signup WHERE expires_at <= $1),
     resets AS (DELETE FROM password_reset WHERE expires_at <= $1),
     budgets AS (DELETE FROM sms_budget WHERE day <= $3),
     caps AS (DELETE FROM sms_cap WHERE day <= $3),
     codes AS (DELETE FROM verification WHERE sent_at <= $2),
     tokens AS (DELETE FROM access_token WHERE expires_at <= $1)
DELETE FROM session WHERE expires_at <= $2;
