-- product_insert :queue
-- in:  id uuid, name text, price_krw int8, stock int8, category text, description text?, created_at timestamptz
WITH made AS (
    INSERT INTO product (id, name, price_krw, stock, category, description, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
)
INSERT INTO stock_movement (product_id, source_id, kind, delta, created_at)
SELECT $1, $1, 'receipt', $4, $7 WHERE $4 > 0;
