-- stock_write :maybe
-- in:  product_id uuid, source_id uuid, kind text, delta int8, reason text?, moved_by uuid, created_at timestamptz
-- out: stock int8
WITH moved AS (
    UPDATE product SET stock = stock + $4 WHERE id = $1 AND deleted_at IS NULL RETURNING stock
), listed AS (
    INSERT INTO stock_movement (product_id, source_id, kind, delta, reason, moved_by, created_at)
    SELECT $1, $2, $3, $4, $5, $6, $7 FROM moved
)
SELECT stock FROM moved;
