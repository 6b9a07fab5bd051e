-- product_page :rows
-- in:  category text, before uuid, ask int4
-- out: id uuid, name text, price_krw int8, stock int8, category text, description text?, created_at timestamptz
SELECT id, name, price_krw, stock, category, description, created_at
  FROM product WHERE category = $1 AND id < $2 AND deleted_at IS NULL ORDER BY id DESC LIMIT $3;

-- product_page_of_all :rows
-- in:  before uuid, ask int4
-- out: id uuid, name text, price_krw int8, stock int8, category text, description text?, created_at timestamptz
SELECT id, name, price_krw, stock, category, description, created_at
  FROM product WHERE id < $1 AND deleted_at IS NULL ORDER BY id DESC LIMIT $2;
