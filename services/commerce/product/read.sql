-- product_find :maybe
-- in:  id uuid
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, created_at timestamptz
SELECT id, name, price_krw, stock, category_id, description, created_at
  FROM product WHERE id = $1 AND deleted_at IS NULL;
