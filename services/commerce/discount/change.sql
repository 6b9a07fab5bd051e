-- discount_lock :maybe
-- in:  id uuid
-- out: id uuid, name text, kind text, value int8, category_id uuid?, product_id uuid?, priority int4,
--      starts_at timestamptz, ends_at timestamptz, version int8
SELECT id, name, kind, value, category_id, product_id, priority, starts_at, ends_at, version
  FROM discount WHERE id = $1 AND deleted_at IS NULL FOR UPDATE;

-- discount_write :queue
-- in:  id uuid, name text, kind text, value int8, priority int4, starts_at timestamptz, ends_at timestamptz,
--      version int8, updated_at timestamptz
UPDATE discount SET name = $2, kind = $3, value = $4, priority = $5, starts_at = $6, ends_at = $7, version = $8,
       updated_at = $9
 WHERE id = $1;
