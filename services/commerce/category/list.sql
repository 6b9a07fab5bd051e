-- category_tree :rows
-- out: id uuid, parent_id uuid?, name text, slug text, sort int4, path uuid[], version int8
WITH RECURSIVE tree AS (
    SELECT c.id, c.parent_id, c.name, c.slug, c.sort, c.path, c.version,
           ARRAY[to_char(c.sort, 'FM0000000') || c.name || c.id] AS place
      FROM category c WHERE c.parent_id IS NULL
    UNION ALL
    SELECT c.id, c.parent_id, c.name, c.slug, c.sort, c.path, c.version,
           t.place || (to_char(c.sort, 'FM0000000') || c.name || c.id)
      FROM tree t JOIN category c ON c.parent_id = t.id
)
SELECT id, parent_id, name, slug, sort, path, version FROM tree ORDER BY place;
