-- identity_reap :queue
-- in:  now timestamptz, long_ago timestamptz
-- What nobody can use any more: unfinished sign-ups, old codes, dead access tokens, and sessions whose last refresh
-- token ended long ago (their refresh tokens go with them).
WITH signups AS (DELETE FROM signup WHERE expires_at <= $1),
     codes AS (DELETE FROM verification WHERE sent_at <= $2),
     tokens AS (DELETE FROM access_token WHERE expires_at <= $1)
DELETE FROM session WHERE expires_at <= $2;
