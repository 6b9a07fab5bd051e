-- webhook_sealed_list :rows
-- in:  behind uuid, most int4
-- out: id uuid, secret bytea, old_secret bytea?
SELECT id, secret, old_secret FROM webhook WHERE id > $1 ORDER BY id LIMIT $2 FOR UPDATE;

-- webhook_reseal :queue
-- in:  id uuid, secret bytea, old_secret bytea?
UPDATE webhook SET secret = $2, old_secret = $3 WHERE id = $1;
