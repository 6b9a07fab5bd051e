-- product_insert :maybe
-- in:  id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, created_at timestamptz
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, version int8,
--      created_at timestamptz, updated_at timestamptz, deleted_at timestamptz?, image_id uuid?,
--      image_type text?, image_state text?, image_reason text?
-- Nothing for a category that is not there. The opening stock is a receipt whose source is the product itself.
WITH made AS (
    INSERT INTO product (id, name, price_krw, stock, category_id, description, version, created_at, updated_at)
    SELECT $1, $2, $3, $4, $5, $6, 1, $7, $7 WHERE EXISTS (SELECT FROM category WHERE id = $5)
    RETURNING id, name, price_krw, stock, category_id, description, version, created_at, updated_at,
              deleted_at, image_id, image_type, image_state, image_reason
), opened AS (
    INSERT INTO stock_movement (product_id, source_id, kind, delta, created_at)
    SELECT id, id, 'receipt', stock, created_at FROM made WHERE stock > 0
)
SELECT id, name, price_krw, stock, category_id, description, version, created_at, updated_at,
       deleted_at, image_id, image_type, image_state, image_reason
  FROM made;
