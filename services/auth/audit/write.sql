-- audit_insert :queue
-- in:  id uuid, at timestamptz, service text, company_id uuid?, actor_type text, actor_id uuid?, via text, action text,
--      subject_id uuid?, before jsonb?, after jsonb?, request_id text
INSERT INTO audit (id, at, service, company_id, actor_type, actor_id, via, action, subject_type, subject_id, before, after,
                   request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, split_part($8, '.', 1), $9, $10, $11, $12)
ON CONFLICT (id) DO NOTHING;
