-- discount_find :maybe
-- in:  id uuid
-- out: id uuid, name text, kind text, value int8, category_id uuid?, product_id uuid?, priority int4,
--      starts_at timestamptz, ends_at timestamptz, version int8
SELECT id, name, kind, value, category_id, product_id, priority, starts_at, ends_at, version
  FROM discount WHERE id = $1 AND deleted_at IS NULL;
