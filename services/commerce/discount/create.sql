-- discount_insert :maybe
-- in:  id uuid, name text, kind text, value int8, category_id uuid?, product_id uuid?, priority int4,
--      starts_at timestamptz, ends_at timestamptz, created_at timestamptz
-- out: id uuid
-- Nothing for a product or category that is not there.
INSERT INTO discount (id, name, kind, value, category_id, product_id, priority, starts_at, ends_at, version, created_at,
                      updated_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10
 WHERE EXISTS (SELECT FROM category WHERE id = $5)
    OR EXISTS (SELECT FROM product WHERE id = $6 AND deleted_at IS NULL)
RETURNING id;
