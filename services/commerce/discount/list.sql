-- discount_page :rows
-- in:  product_id uuid?, category_id uuid?, before uuid, ask int4
-- out: id uuid, name text, kind text, value int8, category_id uuid?, product_id uuid?, priority int4,
--      starts_at timestamptz, ends_at timestamptz, version int8
SELECT id, name, kind, value, category_id, product_id, priority, starts_at, ends_at, version
  FROM discount
 WHERE id < $3 AND deleted_at IS NULL AND ($1::uuid IS NULL OR product_id = $1) AND ($2::uuid IS NULL OR category_id = $2)
 ORDER BY id DESC LIMIT $4;
