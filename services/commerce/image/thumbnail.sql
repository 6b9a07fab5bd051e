-- image_waiting :one
-- in:  product_id uuid, image_id uuid
-- out: waiting bool
SELECT EXISTS (SELECT FROM product WHERE id = $1 AND image_id = $2 AND image_state = 'processing');

-- image_settle :maybe
-- in:  product_id uuid, image_id uuid, state text, reason text?, at timestamptz
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, version int8,
--      created_at timestamptz, updated_at timestamptz, deleted_at timestamptz?, image_id uuid?,
--      image_type text?, image_state text?, image_reason text?
-- Nothing when another picture has taken its place meanwhile.
UPDATE product SET image_state = $3, image_reason = $4, version = version + 1, updated_at = $5
 WHERE id = $1 AND image_id = $2 AND image_state = 'processing' AND deleted_at IS NULL
RETURNING id, name, price_krw, stock, category_id, description, version, created_at, updated_at,
          deleted_at, image_id, image_type, image_state, image_reason;
