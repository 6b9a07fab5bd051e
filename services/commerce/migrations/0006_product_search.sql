-- Finding products among a million. Each order of the list has an index for all and one for a category; the words of
-- name and description are found by their pairs of letters, which works for Hangul and for parts of words.

-- Where words are looked for.
CREATE FUNCTION product_text(name text, description text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT lower(name || ' ' || coalesce(description, ''))
$$;

-- The distinct pairs of neighbouring letters; none across white space.
CREATE FUNCTION product_pairs(words text) RETURNS text[] IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT coalesce(array_agg(DISTINCT pair) FILTER (WHERE pair !~ '\s'), '{}')
      FROM (SELECT letter || lead(letter) OVER (ORDER BY place) AS pair
              FROM string_to_table(words, NULL) WITH ORDINALITY AS l (letter, place)) p
$$;

CREATE INDEX product_by_pairs ON product USING gin (product_pairs(product_text(name, description)))
    WHERE deleted_at IS NULL;
CREATE INDEX product_by_price ON product (price_krw, id) WHERE deleted_at IS NULL;
CREATE INDEX product_by_category_price ON product (category_id, price_krw, id) WHERE deleted_at IS NULL;
CREATE INDEX product_deleted ON product (id) WHERE deleted_at IS NOT NULL;
