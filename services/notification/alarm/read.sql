-- alarm_page :rows
-- in:  user_id uuid, before int8, ask int4
-- out: unread int8, id uuid?, number int8?, kind int4?, message text?, path text?, confirm bool?,
--      created_at timestamptz?, remind_at timestamptz?
-- The count stands in every row, and alone in one when the page is empty.
SELECT u.unread, a.id, a.number, a.kind, a.message, a.path, a.confirm, a.created_at, a.remind_at
  FROM (SELECT count(*) AS unread FROM alarm WHERE user_id = $1 AND NOT confirm) u
  LEFT JOIN LATERAL (
       SELECT p.id, p.number, p.kind, p.message, p.path, p.confirm, p.created_at, p.remind_at
         FROM alarm p WHERE p.user_id = $1 AND p.number < $2 ORDER BY p.number DESC LIMIT $3) a ON true
 ORDER BY a.number DESC;

-- alarm_after :rows
-- in:  user_id uuid, number int8, ask int4
-- out: id uuid, number int8, kind int4, message text, path text?, confirm bool, created_at timestamptz,
--      remind_at timestamptz?
SELECT id, number, kind, message, path, confirm, created_at, remind_at
  FROM alarm WHERE user_id = $1 AND number > $2 ORDER BY number LIMIT $3;

-- alarm_read :maybe
-- in:  id uuid, user_id uuid
-- out: id uuid, number int8, kind int4, message text, path text?, confirm bool, created_at timestamptz,
--      remind_at timestamptz?
SELECT id, number, kind, message, path, confirm, created_at, remind_at FROM alarm WHERE id = $1 AND user_id = $2;

-- alarm_numbers :one
-- in:  user_id uuid, last_alarm_id uuid?
-- out: last_number int8, named int8
-- named: the number of the alarm the client saw last; 0 when that one is gone, which is older than all that are kept.
SELECT coalesce((SELECT c.last_number FROM alarm_counter c WHERE c.user_id = $1), 0),
       coalesce((SELECT a.number FROM alarm a WHERE a.id = $2 AND a.user_id = $1), 0);
