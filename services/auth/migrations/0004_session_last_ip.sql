-- Where a session was seen last; client_ip stays where it was opened.
ALTER TABLE session ADD COLUMN last_ip text;
UPDATE session SET last_ip = client_ip;
ALTER TABLE session ALTER COLUMN last_ip SET NOT NULL;
