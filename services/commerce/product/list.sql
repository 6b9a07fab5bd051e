-- product_page :rows
-- in:  category_id uuid, before uuid, ask int4
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, created_at timestamptz
SELECT id, name, price_krw, stock, category_id, description, created_at
  FROM product WHERE category_id = $1 AND id < $2 AND deleted_at IS NULL ORDER BY id DESC LIMIT $3;

-- product_page_of_all :rows
-- in:  before uuid, ask int4
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, created_at timestamptz
SELECT id, name, price_krw, stock, category_id, description, created_at
  FROM product WHERE id < $1 AND deleted_at IS NULL ORDER BY id DESC LIMIT $2;
