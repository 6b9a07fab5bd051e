-- Each page is read off an index in the order of the list and stops when it is full, so that it costs as much among a
-- million products as among a thousand: all of them off one index, a subtree off the same index of each of its
-- categories, merged. Plans are made without the values, so what would lead them away is written for them: LIMIT 101, the
-- largest page, because an unknown limit counts as a tenth of the table; price_krw + 0, because an unknown range of prices
-- seems narrow. By price the two have statements of their own: the planner finds the one for both so dear without the
-- values that it would make its plan anew for each call among a million, which takes longer than the page.

-- product_newest :rows
-- in:  category_id uuid?, in_stock bool, least int8, most int8, before uuid, ask int4
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, version int8,
--      created_at timestamptz, updated_at timestamptz, deleted_at timestamptz?, image_id uuid?,
--      image_type text?, image_state text?, image_reason text?
WITH hit AS (
    (SELECT id FROM (
        SELECT p.id FROM product p
         WHERE $1::uuid IS NULL AND p.deleted_at IS NULL AND p.id < $5 AND p.price_krw + 0 BETWEEN $3 AND $4
           AND (p.stock > 0 OR NOT $2)
         ORDER BY p.id DESC LIMIT 101) p LIMIT $6)
    UNION ALL
    SELECT p.id FROM category c CROSS JOIN LATERAL (
        SELECT p.id FROM product p
         WHERE p.category_id = c.id AND p.deleted_at IS NULL AND p.id < $5 AND p.price_krw + 0 BETWEEN $3 AND $4
           AND (p.stock > 0 OR NOT $2)
         ORDER BY p.id DESC LIMIT $6) p
     WHERE c.path @> ARRAY[$1::uuid]
)
SELECT p.id, p.name, p.price_krw, p.stock, p.category_id, p.description, p.version, p.created_at, p.updated_at,
       p.deleted_at, p.image_id, p.image_type, p.image_state, p.image_reason
  FROM (SELECT id FROM hit ORDER BY id DESC LIMIT $6) h JOIN product p ON p.id = h.id ORDER BY p.id DESC;

-- product_cheapest :rows
-- in:  in_stock bool, from_price int8, from_id uuid, most int8, ask int4
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, version int8,
--      created_at timestamptz, updated_at timestamptz, deleted_at timestamptz?, image_id uuid?,
--      image_type text?, image_state text?, image_reason text?
SELECT p.id, p.name, p.price_krw, p.stock, p.category_id, p.description, p.version, p.created_at, p.updated_at,
       p.deleted_at, p.image_id, p.image_type, p.image_state, p.image_reason
  FROM (
    SELECT p.id, p.name, p.price_krw, p.stock, p.category_id, p.description, p.version, p.created_at, p.updated_at,
           p.deleted_at, p.image_id, p.image_type, p.image_state, p.image_reason
      FROM product p
     WHERE p.deleted_at IS NULL AND (p.price_krw, p.id) > ($2, $3) AND p.price_krw <= $4
       AND (p.stock > 0 OR NOT $1)
     ORDER BY p.price_krw, p.id LIMIT 101) p
 ORDER BY p.price_krw, p.id LIMIT $5;

-- product_cheapest_of :rows
-- in:  category_id uuid, in_stock bool, from_price int8, from_id uuid, most int8, ask int4
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, version int8,
--      created_at timestamptz, updated_at timestamptz, deleted_at timestamptz?, image_id uuid?,
--      image_type text?, image_state text?, image_reason text?
WITH hit AS (
    SELECT p.id FROM category c CROSS JOIN LATERAL (
        SELECT p.id FROM product p
         WHERE p.category_id = c.id AND p.deleted_at IS NULL AND (p.price_krw, p.id) > ($3, $4) AND p.price_krw <= $5
           AND (p.stock > 0 OR NOT $2)
         ORDER BY p.price_krw, p.id LIMIT $6) p
     WHERE c.path @> ARRAY[$1::uuid]
)
SELECT p.id, p.name, p.price_krw, p.stock, p.category_id, p.description, p.version, p.created_at, p.updated_at,
       p.deleted_at, p.image_id, p.image_type, p.image_state, p.image_reason
  FROM hit h JOIN product p ON p.id = h.id ORDER BY p.price_krw, p.id LIMIT $6;

-- product_dearest :rows
-- in:  in_stock bool, from_price int8, from_id uuid, least int8, ask int4
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, version int8,
--      created_at timestamptz, updated_at timestamptz, deleted_at timestamptz?, image_id uuid?,
--      image_type text?, image_state text?, image_reason text?
SELECT p.id, p.name, p.price_krw, p.stock, p.category_id, p.description, p.version, p.created_at, p.updated_at,
       p.deleted_at, p.image_id, p.image_type, p.image_state, p.image_reason
  FROM (
    SELECT p.id, p.name, p.price_krw, p.stock, p.category_id, p.description, p.version, p.created_at, p.updated_at,
           p.deleted_at, p.image_id, p.image_type, p.image_state, p.image_reason
      FROM product p
     WHERE p.deleted_at IS NULL AND (p.price_krw, p.id) < ($2, $3) AND p.price_krw >= $4
       AND (p.stock > 0 OR NOT $1)
     ORDER BY p.price_krw DESC, p.id DESC LIMIT 101) p
 ORDER BY p.price_krw DESC, p.id DESC LIMIT $5;

-- product_dearest_of :rows
-- in:  category_id uuid, in_stock bool, from_price int8, from_id uuid, least int8, ask int4
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, version int8,
--      created_at timestamptz, updated_at timestamptz, deleted_at timestamptz?, image_id uuid?,
--      image_type text?, image_state text?, image_reason text?
WITH hit AS (
    SELECT p.id FROM category c CROSS JOIN LATERAL (
        SELECT p.id FROM product p
         WHERE p.category_id = c.id AND p.deleted_at IS NULL AND (p.price_krw, p.id) < ($3, $4) AND p.price_krw >= $5
           AND (p.stock > 0 OR NOT $2)
         ORDER BY p.price_krw DESC, p.id DESC LIMIT $6) p
     WHERE c.path @> ARRAY[$1::uuid]
)
SELECT p.id, p.name, p.price_krw, p.stock, p.category_id, p.description, p.version, p.created_at, p.updated_at,
       p.deleted_at, p.image_id, p.image_type, p.image_state, p.image_reason
  FROM hit h JOIN product p ON p.id = h.id ORDER BY p.price_krw DESC, p.id DESC LIMIT $6;

-- product_gone :rows
-- in:  category_id uuid?, least int8, most int8, before uuid, ask int4
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, version int8,
--      created_at timestamptz, updated_at timestamptz, deleted_at timestamptz?, image_id uuid?,
--      image_type text?, image_state text?, image_reason text?
SELECT p.id, p.name, p.price_krw, p.stock, p.category_id, p.description, p.version, p.created_at, p.updated_at,
       p.deleted_at, p.image_id, p.image_type, p.image_state, p.image_reason
  FROM product p
 WHERE p.deleted_at IS NOT NULL AND p.id < $4 AND p.price_krw + 0 BETWEEN $2 AND $3
   AND ($1::uuid IS NULL OR p.category_id IN (SELECT c.id FROM category c WHERE c.path @> ARRAY[$1::uuid]))
 ORDER BY p.id DESC LIMIT $5;

-- product_search :rows
-- in:  q text, sort text, category_id uuid?, in_stock bool, least int8, most int8, key int8, id uuid, ask int4
-- out: id uuid, name text, price_krw int8, stock int8, category_id uuid, description text?, version int8,
--      created_at timestamptz, updated_at timestamptz, deleted_at timestamptz?, image_id uuid?,
--      image_type text?, image_state text?, image_reason text?
-- A frequent word fills the page from the first rows of the order (near: a thousand are looked at at most). What was found
-- among these says how far the end of the page is: within ten thousand rows it is walked to (further). Else the words are
-- rare, and the index of pairs of letters is asked (rare). The pairs say what may match, product_text() what does.
WITH word AS MATERIALIZED (
    SELECT array_agg('%' || regexp_replace(w, '([\\%_])', '\\\1', 'g') || '%') AS patterns
      FROM regexp_split_to_table(lower($1), '\s+') w
), near AS MATERIALIZED (
    (SELECT p.id FROM (
        SELECT p.id, p.category_id, p.stock, p.price_krw, p.name, p.description FROM product p
         WHERE $2 = 'newest' AND p.deleted_at IS NULL AND p.id < $8
         ORDER BY p.id DESC LIMIT 1000) p
      WHERE product_text(p.name, p.description) LIKE ALL ((SELECT patterns FROM word)::text[])
        AND p.price_krw BETWEEN $5 AND $6 AND (p.stock > 0 OR NOT $4)
        AND ($3::uuid IS NULL OR p.category_id IN (SELECT c.id FROM category c WHERE c.path @> ARRAY[$3::uuid]))
      ORDER BY p.id DESC LIMIT $9)
    UNION ALL
    (SELECT p.id FROM (
        SELECT p.id, p.category_id, p.stock, p.price_krw, p.name, p.description FROM product p
         WHERE $2 = 'cheapest' AND p.deleted_at IS NULL AND (p.price_krw, p.id) > ($7, $8)
         ORDER BY p.price_krw, p.id LIMIT 1000) p
      WHERE product_text(p.name, p.description) LIKE ALL ((SELECT patterns FROM word)::text[])
        AND p.price_krw BETWEEN $5 AND $6 AND (p.stock > 0 OR NOT $4)
        AND ($3::uuid IS NULL OR p.category_id IN (SELECT c.id FROM category c WHERE c.path @> ARRAY[$3::uuid]))
      ORDER BY p.price_krw, p.id LIMIT $9)
    UNION ALL
    (SELECT p.id FROM (
        SELECT p.id, p.category_id, p.stock, p.price_krw, p.name, p.description FROM product p
         WHERE $2 = 'dearest' AND p.deleted_at IS NULL AND (p.price_krw, p.id) < ($7, $8)
         ORDER BY p.price_krw DESC, p.id DESC LIMIT 1000) p
      WHERE product_text(p.name, p.description) LIKE ALL ((SELECT patterns FROM word)::text[])
        AND p.price_krw BETWEEN $5 AND $6 AND (p.stock > 0 OR NOT $4)
        AND ($3::uuid IS NULL OR p.category_id IN (SELECT c.id FROM category c WHERE c.path @> ARRAY[$3::uuid]))
      ORDER BY p.price_krw DESC, p.id DESC LIMIT $9)
), further AS MATERIALIZED (
    (SELECT p.id FROM (
        SELECT p.id, p.category_id, p.stock, p.price_krw, p.name, p.description FROM product p
         WHERE $2 = 'newest' AND p.deleted_at IS NULL AND p.id < $8
           AND (SELECT count(*) FROM near) BETWEEN greatest($9 / 10, 1) AND $9 - 1
         ORDER BY p.id DESC OFFSET 1000 LIMIT 9000) p
      WHERE product_text(p.name, p.description) LIKE ALL ((SELECT patterns FROM word)::text[])
        AND p.price_krw BETWEEN $5 AND $6 AND (p.stock > 0 OR NOT $4)
        AND ($3::uuid IS NULL OR p.category_id IN (SELECT c.id FROM category c WHERE c.path @> ARRAY[$3::uuid]))
      ORDER BY p.id DESC LIMIT (SELECT $9 - count(*) FROM near))
    UNION ALL
    (SELECT p.id FROM (
        SELECT p.id, p.category_id, p.stock, p.price_krw, p.name, p.description FROM product p
         WHERE $2 = 'cheapest' AND p.deleted_at IS NULL AND (p.price_krw, p.id) > ($7, $8)
           AND (SELECT count(*) FROM near) BETWEEN greatest($9 / 10, 1) AND $9 - 1
         ORDER BY p.price_krw, p.id OFFSET 1000 LIMIT 9000) p
      WHERE product_text(p.name, p.description) LIKE ALL ((SELECT patterns FROM word)::text[])
        AND p.price_krw BETWEEN $5 AND $6 AND (p.stock > 0 OR NOT $4)
        AND ($3::uuid IS NULL OR p.category_id IN (SELECT c.id FROM category c WHERE c.path @> ARRAY[$3::uuid]))
      ORDER BY p.price_krw, p.id LIMIT (SELECT $9 - count(*) FROM near))
    UNION ALL
    (SELECT p.id FROM (
        SELECT p.id, p.category_id, p.stock, p.price_krw, p.name, p.description FROM product p
         WHERE $2 = 'dearest' AND p.deleted_at IS NULL AND (p.price_krw, p.id) < ($7, $8)
           AND (SELECT count(*) FROM near) BETWEEN greatest($9 / 10, 1) AND $9 - 1
         ORDER BY p.price_krw DESC, p.id DESC OFFSET 1000 LIMIT 9000) p
      WHERE product_text(p.name, p.description) LIKE ALL ((SELECT patterns FROM word)::text[])
        AND p.price_krw BETWEEN $5 AND $6 AND (p.stock > 0 OR NOT $4)
        AND ($3::uuid IS NULL OR p.category_id IN (SELECT c.id FROM category c WHERE c.path @> ARRAY[$3::uuid]))
      ORDER BY p.price_krw DESC, p.id DESC LIMIT (SELECT $9 - count(*) FROM near))
), walked AS MATERIALIZED (
    SELECT id FROM near UNION ALL SELECT id FROM further
), rare AS MATERIALIZED (
    SELECT p.id, p.category_id, p.stock, p.price_krw, p.name, p.description FROM product p
     WHERE (SELECT count(*) FROM walked) < $9 AND p.deleted_at IS NULL
       AND product_pairs(product_text(p.name, p.description)) @> product_pairs(lower($1))
), hit AS (
    SELECT id FROM walked WHERE (SELECT count(*) FROM walked) >= $9
    UNION ALL
    SELECT p.id FROM rare p
      WHERE product_text(p.name, p.description) LIKE ALL ((SELECT patterns FROM word)::text[])
        AND p.price_krw BETWEEN $5 AND $6 AND (p.stock > 0 OR NOT $4)
        AND ($3::uuid IS NULL OR p.category_id IN (SELECT c.id FROM category c WHERE c.path @> ARRAY[$3::uuid]))
        AND CASE $2 WHEN 'cheapest' THEN (p.price_krw, p.id) > ($7, $8)
                    WHEN 'dearest' THEN (p.price_krw, p.id) < ($7, $8) ELSE p.id < $8 END
)
SELECT p.id, p.name, p.price_krw, p.stock, p.category_id, p.description, p.version, p.created_at, p.updated_at,
       p.deleted_at, p.image_id, p.image_type, p.image_state, p.image_reason
  FROM hit h JOIN product p ON p.id = h.id
 ORDER BY CASE $2 WHEN 'cheapest' THEN p.price_krw WHEN 'dearest' THEN -p.price_krw END,
          CASE $2 WHEN 'cheapest' THEN p.id END, p.id DESC
 LIMIT $9;
