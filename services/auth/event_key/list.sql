-- event_key_page :rows
-- in:  now timestamptz, before uuid, ask int4
-- out: id uuid, name text, types text[], company_id uuid?, created_at timestamptz, old_until timestamptz?,
--      revoked_at timestamptz?
SELECT id, name, types, company_id, created_at, CASE WHEN old_until > $1 THEN old_until END AS old_until, revoked_at
  FROM event_key
 WHERE id < $2
 ORDER BY id DESC LIMIT $3;
