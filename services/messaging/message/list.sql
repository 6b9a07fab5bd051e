-- message_page :rows
-- in:  phone text?, status text?, before uuid, ask int4
-- out: id uuid, channel text, template text, phone text, status text, result_code text?, fallback_id uuid?,
--      created_at timestamptz, sent_at timestamptz?, settled_at timestamptz?
SELECT id, channel, template, phone, status, result_code, fallback_id, created_at, sent_at, settled_at
  FROM message
 WHERE ($1::text IS NULL OR phone = $1) AND ($2::text IS NULL OR status = $2) AND id < $3
 ORDER BY id DESC LIMIT $4;
