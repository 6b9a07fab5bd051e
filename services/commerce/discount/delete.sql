-- discount_end :maybe
-- in:  id uuid, deleted_at timestamptz
-- out: id uuid, name text, kind text, value int8, category_id uuid?, product_id uuid?, priority int4,
--      starts_at timestamptz, ends_at timestamptz, version int8
UPDATE discount SET deleted_at = $2, updated_at = $2, version = version + 1
 WHERE id = $1 AND deleted_at IS NULL
RETURNING id, name, kind, value, category_id, product_id, priority, starts_at, ends_at, version;
