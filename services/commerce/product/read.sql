-- product_find :maybe
-- in:  id uuid, also_deleted bool
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, version int8,
--      created_at timestamptz, updated_at timestamptz, deleted_at timestamptz?, image_id uuid?,
--      image_type text?, image_state text?, image_reason text?
SELECT id, name, price_krw, stock, category_id, description, version, created_at, updated_at,
       deleted_at, image_id, image_type, image_state, image_reason
  FROM product WHERE id = $1 AND (deleted_at IS NULL OR $2);
