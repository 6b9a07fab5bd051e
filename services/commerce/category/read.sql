-- category_find :maybe
-- in:  id uuid
-- out: id uuid, parent_id uuid?, name text, slug text, sort int4, path uuid[], version int8
SELECT id, parent_id, name, slug, sort, path, version FROM category WHERE id = $1;
