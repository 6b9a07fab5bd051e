-- alarm_add :maybe
-- in:  id uuid, user_id uuid, company_id uuid, kind int4, message text, path text?, params jsonb?, source_id uuid,
--      source_kind text, created_at timestamptz, expires_at timestamptz
-- out: number int8
-- No row: the user has an alarm of the source already and no number is used up. Two that add the same source at the
-- same moment both find none; then alarm_source stops the second, its number is taken back with it, and it finds the
-- row when it is tried again.
WITH counter AS (
    INSERT INTO alarm_counter AS c (user_id, last_number) VALUES ($2, 1)
    ON CONFLICT (user_id) DO UPDATE SET last_number = c.last_number + 1
     WHERE NOT EXISTS (SELECT FROM alarm a WHERE a.source_id = $8 AND a.kind = $4 AND a.user_id = $2)
    RETURNING c.last_number
)
INSERT INTO alarm (id, user_id, company_id, number, kind, message, path, params, source_id, source_kind, created_at,
                   expires_at)
SELECT $1, $2, $3, counter.last_number, $4, $5, $6, $7, $8, $9, $10, $11 FROM counter
RETURNING number;
