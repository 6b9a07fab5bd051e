-- product_end :maybe
-- in:  id uuid, deleted_at timestamptz
-- out: version int8, name text, price_krw int8
UPDATE product SET deleted_at = $2, updated_at = $2, version = version + 1 WHERE id = $1 AND deleted_at IS NULL
RETURNING version, name, price_krw;
