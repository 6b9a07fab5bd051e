-- category_lock :maybe
-- in:  id uuid, parent_id uuid?
-- out: id uuid, parent_id uuid?, name text, slug text, sort int4, path uuid[], version int8,
--      target uuid[]
-- target: the path of the wanted parent, empty when there is none.
SELECT c.id, c.parent_id, c.name, c.slug, c.sort, c.path, c.version, coalesce(p.path, '{}')
  FROM category c LEFT JOIN category p ON p.id = $2 WHERE c.id = $1 FOR UPDATE OF c;

-- category_write :changed
-- in:  id uuid, parent_id uuid?, name text, slug text, sort int4, path uuid[], updated_at timestamptz
-- The category itself and, when it moves, all below it: what their paths have behind it stays.
UPDATE category c
   SET path = $6::uuid[] || c.path[array_position(c.path, $1) + 1:], version = c.version + 1, updated_at = $7,
       parent_id = CASE c.id WHEN $1 THEN $2 ELSE c.parent_id END,
       name = CASE c.id WHEN $1 THEN $3 ELSE c.name END,
       slug = CASE c.id WHEN $1 THEN $4 ELSE c.slug END,
       sort = CASE c.id WHEN $1 THEN $5 ELSE c.sort END
  FROM category self
 WHERE self.id = $1 AND (c.id = $1 OR (self.path <> $6 AND c.path @> ARRAY[$1]));
