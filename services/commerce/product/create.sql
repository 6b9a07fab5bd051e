-- product_insert :queue
-- in:  id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, created_at timestamptz
WITH made AS (
    INSERT INTO product (id, name, price_krw, stock, category_id, description, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)
)
INSERT INTO stock_movement (product_id, source_id, kind, delta, created_at)
SELECT $1, $1, 'receipt', $4, $7 WHERE $4 > 0;
