-- stock_page :rows
-- in:  product_id uuid, before uuid, ask int4
-- out: source_id uuid, kind text, delta int8, reason text?, moved_by uuid?, created_at timestamptz
SELECT source_id, kind, delta, reason, moved_by, created_at
  FROM stock_movement WHERE product_id = $1 AND source_id < $2 ORDER BY source_id DESC LIMIT $3;
