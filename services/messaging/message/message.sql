-- message_insert :changed
-- in:  id uuid, source_id uuid, template text, channel text, company_id uuid?, phone text, content text?,
--      created_at timestamptz, expires_at timestamptz?
INSERT INTO message (id, source_id, template, channel, company_id, phone, content, status, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $9)
ON CONFLICT (source_id, template, channel) DO NOTHING;

-- message_lock :maybe
-- in:  id uuid
-- out: id uuid, source_id uuid, template text, channel text, company_id uuid?, phone text, content text?, status text,
--      provider_id text?, checks int4, expires_at timestamptz?, sending_at timestamptz?
SELECT id, source_id, template, channel, company_id, phone, content, status, provider_id, checks, expires_at, sending_at
  FROM message WHERE id = $1 FOR UPDATE;

-- message_sending :queue
-- in:  id uuid, now timestamptz
UPDATE message SET status = 'sending', sending_at = coalesce(sending_at, $2) WHERE id = $1;

-- message_sent :queue
-- in:  id uuid, provider_id text, now timestamptz
UPDATE message SET status = 'sent', provider_id = $2, sent_at = $3 WHERE id = $1;

-- message_checked :queue
-- in:  id uuid
UPDATE message SET checks = checks + 1 WHERE id = $1;

-- message_settled :queue
-- in:  id uuid, status text, result_code text?, fallback_id uuid?, now timestamptz
UPDATE message SET status = $2, result_code = $3, fallback_id = $4, settled_at = $5 WHERE id = $1;
