-- access_log_reap :changed
-- in:  before uuid, most int4
DELETE FROM access_log WHERE ctid = ANY (ARRAY(SELECT ctid FROM access_log WHERE id < $1 ORDER BY id LIMIT $2));
