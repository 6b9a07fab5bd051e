-- points_entry_page :rows
-- in:  user_id uuid, before uuid, ask int4
-- out: id uuid, kind text, amount_krw int8, balance_krw int8, source_id uuid, note text?, created_at timestamptz
SELECT id, kind, amount_krw, balance_krw, source_id, note, created_at
  FROM point_entry WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3;
