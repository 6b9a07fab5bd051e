-- plan_find :maybe
-- in:  company_id uuid
-- out: plan text, starts_on text
SELECT plan, to_char(starts_on, 'YYYY-MM-DD') FROM plan WHERE company_id = $1 AND state = 'current';
