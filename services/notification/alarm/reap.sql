-- alarm_reap :changed
-- in:  now timestamptz, most int4
-- What will come again is kept until it has, also when it was asked for meanwhile.
DELETE FROM alarm
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM alarm WHERE expires_at <= $1 AND remind_id IS NULL ORDER BY expires_at LIMIT $2))
   AND remind_id IS NULL;
