-- plan_open :changed
-- in:  id uuid, company_id uuid, starts_on text, created_at timestamptz
INSERT INTO plan (id, company_id, plan, state, starts_on, created_at)
VALUES ($1, $2, 'free', 'current', to_date($3, 'YYYY-MM-DD'), $4)
ON CONFLICT (company_id) WHERE state = 'current' DO NOTHING;
