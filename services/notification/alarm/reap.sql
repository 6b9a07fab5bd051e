-- alarm_reap :changed
-- in:  now timestamptz, most int4
DELETE FROM alarm WHERE id IN (SELECT id FROM alarm WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2);
