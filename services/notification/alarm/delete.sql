-- alarm_delete :maybe
-- in:  id uuid, user_id uuid
-- out: remind_id uuid?
DELETE FROM alarm WHERE id = $1 AND user_id = $2 RETURNING remind_id;
