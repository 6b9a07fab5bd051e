-- webhook_insert :changed
-- in:  id uuid, url text, description text?, types text[], company_id uuid?, secret bytea, most int8, now timestamptz
INSERT INTO webhook (id, url, description, types, company_id, status, secret, created_at, updated_at)
SELECT $1, $2, $3, $4, $5, 'enabled', $6, $8, $8
 WHERE (SELECT count(*) FROM webhook WHERE deleted_at IS NULL) < $7;

-- webhook_find :maybe
-- in:  id uuid
-- out: id uuid, url text, description text?, types text[], company_id uuid?, status text, disabled_reason text?,
--      failures int4, paused_until timestamptz?, old_secret_until timestamptz?, version int8, created_at timestamptz,
--      updated_at timestamptz
SELECT id, url, description, types, company_id, status, disabled_reason, failures, paused_until, old_secret_until, version,
       created_at, updated_at
  FROM webhook WHERE id = $1 AND deleted_at IS NULL;

-- webhook_lock :maybe
-- in:  id uuid
-- out: id uuid, url text, description text?, types text[], company_id uuid?, status text, disabled_reason text?,
--      failures int4, paused_until timestamptz?, old_secret_until timestamptz?, version int8, created_at timestamptz,
--      updated_at timestamptz
SELECT id, url, description, types, company_id, status, disabled_reason, failures, paused_until, old_secret_until, version,
       created_at, updated_at
  FROM webhook WHERE id = $1 AND deleted_at IS NULL FOR UPDATE;

-- webhook_page :rows
-- in:  before uuid, ask int4
-- out: id uuid, url text, description text?, types text[], company_id uuid?, status text, disabled_reason text?,
--      failures int4, paused_until timestamptz?, old_secret_until timestamptz?, created_at timestamptz, updated_at timestamptz
SELECT id, url, description, types, company_id, status, disabled_reason, failures, paused_until, old_secret_until, created_at,
       updated_at
  FROM webhook WHERE id < $1 AND deleted_at IS NULL ORDER BY id DESC LIMIT $2;

-- webhook_write :queue
-- in:  id uuid, url text, description text?, types text[], status text, disabled_reason text?, failures int4,
--      paused_until timestamptz?, version int8, now timestamptz
UPDATE webhook SET url = $2, description = $3, types = $4, status = $5, disabled_reason = $6, failures = $7,
       paused_until = $8, version = $9, updated_at = $10
 WHERE id = $1;

-- webhook_secret_put :queue
-- in:  id uuid, secret bytea, old_until timestamptz, version int8, now timestamptz
UPDATE webhook SET old_secret = secret, old_secret_until = $3, secret = $2, version = $4, updated_at = $5 WHERE id = $1;

-- webhook_drop :maybe
-- in:  id uuid, now timestamptz
-- out: company_id uuid?, url text, status text
-- What waits is dropped with it; jobs of it find nothing left to do.
WITH dropped AS (
    UPDATE webhook_delivery SET status = 'dropped', next_at = NULL, settled_at = $2 WHERE webhook_id = $1 AND status = 'waiting'
)
UPDATE webhook SET deleted_at = $2, updated_at = $2 WHERE id = $1 AND deleted_at IS NULL
RETURNING company_id, split_part(url, '?', 1), status;
