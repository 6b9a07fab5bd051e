-- session_owned :maybe
-- in:  session_id uuid, user_id uuid
-- out: session_id uuid
SELECT id FROM session WHERE id = $1 AND user_id = $2;
