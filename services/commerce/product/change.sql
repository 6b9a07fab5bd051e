-- product_lock :maybe
-- in:  id uuid, category_id uuid?
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, version int8,
--      created_at timestamptz, updated_at timestamptz, deleted_at timestamptz?, image_id uuid?,
--      image_type text?, image_state text?, image_reason text?, category_there bool
SELECT id, name, price_krw, stock, category_id, description, version, created_at, updated_at,
       deleted_at, image_id, image_type, image_state, image_reason,
       EXISTS (SELECT FROM category WHERE id = $2)
  FROM product WHERE id = $1 AND deleted_at IS NULL FOR UPDATE;

-- product_write :queue
-- in:  id uuid, name text, price_krw int8, category_id uuid, description text?, version int8, updated_at timestamptz
UPDATE product SET name = $2, price_krw = $3, category_id = $4, description = $5, version = $6, updated_at = $7
 WHERE id = $1;
