-- attempt_lock :queue
-- in:  subject uuid
SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0));

-- attempt_next :one
-- in:  subject uuid, began_at timestamptz
-- out: number int4
WITH last AS (
    SELECT number, answer FROM attempt WHERE subject = $1 ORDER BY number DESC LIMIT 1
), added AS (
    INSERT INTO attempt (subject, number, began_at)
    SELECT $1, coalesce((SELECT number FROM last), 0) + 1, $2
     WHERE NOT EXISTS (SELECT FROM last WHERE answer IS NULL)
    RETURNING number
)
SELECT coalesce((SELECT number FROM added), (SELECT number FROM last)) AS number;

-- attempt_answered :queue
-- in:  subject uuid, number int4, answer text
UPDATE attempt SET answer = $3 WHERE subject = $1 AND number = $2 AND answer IS NULL;
