-- category_remove :maybe
-- in:  id uuid
-- out: id uuid, parent_id uuid?, name text, slug text, sort int4, path uuid[], version int8
DELETE FROM category WHERE id = $1 RETURNING id, parent_id, name, slug, sort, path, version + 1;
