-- coupon_insert :maybe
-- in:  id uuid, name text, kind text, value int8, category_id uuid?, product_ids uuid[], minimum_krw int8,
--      maximum_discount_krw int8?, total_cap int8?, per_user_cap int4, valid_days int4, claim text,
--      starts_at timestamptz, ends_at timestamptz, created_at timestamptz
-- out: id uuid
-- No row: the category or one of the products is not there.
WITH made AS (
    INSERT INTO coupon (id, name, kind, value, category_id, minimum_krw, maximum_discount_krw, total_cap, per_user_cap,
                        valid_days, claim, starts_at, ends_at, created_at)
    SELECT $1, $2, $3, $4, $5, $7, $8, $9, $10, $11, $12, $13, $14, $15
     WHERE ($5::uuid IS NULL OR EXISTS (SELECT FROM category c WHERE c.id = $5))
       AND cardinality($6::uuid[]) = (SELECT count(*) FROM product p WHERE p.id = ANY ($6) AND p.deleted_at IS NULL)
    RETURNING id
), listed AS (
    INSERT INTO coupon_product (coupon_id, product_id) SELECT m.id, unnest($6) FROM made m
)
SELECT m.id FROM made m;
