-- alarm_reap :changed
-- in:  now timestamptz, most int4
-- What will come again is kept until it has.
DELETE FROM alarm WHERE id IN (
       SELECT id FROM alarm WHERE expires_at <= $1 AND remind_id IS NULL ORDER BY expires_at LIMIT $2);
