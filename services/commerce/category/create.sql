-- category_tree_lock :queue
-- One writer of the tree at a time. A statement of its own: the next one's snapshot is then younger than the lock.
SELECT pg_advisory_xact_lock(hashtextextended('category', 0));

-- category_insert :one
-- in:  id uuid, parent_id uuid?, name text, slug text, sort int4, most int4, created_at timestamptz
-- out: parent_there bool, room bool, path uuid[]
WITH fact AS (
    SELECT $2::uuid IS NULL OR p.id IS NOT NULL AS parent_there, (SELECT count(*) FROM category) < $6 AS room,
           coalesce(p.path, '{}') || $1::uuid AS path
      FROM (VALUES (1)) one LEFT JOIN category p ON p.id = $2
), made AS (
    INSERT INTO category (id, parent_id, name, slug, path, sort, version, created_at, updated_at)
    SELECT $1, $2, $3, $4, f.path, $5, 1, $7, $7 FROM fact f WHERE f.parent_there AND f.room
)
SELECT parent_there, room, path FROM fact;
