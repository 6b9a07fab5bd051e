-- alarm_remind :maybe
-- in:  id uuid, user_id uuid, at timestamptz, remind_id uuid
-- out: before uuid?
WITH old AS (SELECT id, remind_id FROM alarm WHERE id = $1 AND user_id = $2 FOR UPDATE)
UPDATE alarm a SET confirm = true, remind_at = $3, remind_id = $4 FROM old WHERE a.id = old.id
RETURNING old.remind_id;

-- alarm_remind_cancel :maybe
-- in:  id uuid, user_id uuid
-- out: before uuid?
WITH old AS (SELECT id, remind_id FROM alarm WHERE id = $1 AND user_id = $2 FOR UPDATE)
UPDATE alarm a SET remind_at = NULL, remind_id = NULL FROM old WHERE a.id = old.id
RETURNING old.remind_id;

-- alarm_remind_due :maybe
-- in:  remind_id uuid
-- out: user_id uuid, company_id uuid, kind int4, message text, path text?, params jsonb?
-- No row: cancelled, put off or deleted meanwhile, or done.
UPDATE alarm SET remind_at = NULL, remind_id = NULL WHERE remind_id = $1
RETURNING user_id, company_id, kind, message, path, params;
