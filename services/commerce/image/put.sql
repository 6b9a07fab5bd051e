-- image_set :maybe
-- in:  product_id uuid, image_id uuid, image_type text, at timestamptz
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, version int8,
--      created_at timestamptz, updated_at timestamptz, deleted_at timestamptz?, image_id uuid?,
--      image_type text?, image_state text?, image_reason text?, is_new bool
-- Said again, it changes nothing.
WITH was AS MATERIALIZED (
    SELECT id, image_id IS DISTINCT FROM $2 AS is_new FROM product WHERE id = $1 AND deleted_at IS NULL FOR UPDATE
)
UPDATE product p
   SET image_id = $2, image_type = CASE WHEN w.is_new THEN $3 ELSE p.image_type END,
       image_state = CASE WHEN w.is_new THEN 'processing' ELSE p.image_state END,
       image_reason = CASE WHEN w.is_new THEN NULL ELSE p.image_reason END,
       version = p.version + w.is_new::int, updated_at = CASE WHEN w.is_new THEN $4 ELSE p.updated_at END
  FROM was w WHERE p.id = w.id
RETURNING p.id, p.name, p.price_krw, p.stock, p.category_id, p.description, p.version, p.created_at, p.updated_at,
          p.deleted_at, p.image_id, p.image_type, p.image_state, p.image_reason, w.is_new;
