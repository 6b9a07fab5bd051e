-- operator_added :changed
-- in:  user_id uuid, added_at timestamptz
INSERT INTO operator (user_id, added_at) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING;

-- operators :rows
-- in:  after uuid, ask int4
-- out: user_id uuid
SELECT user_id FROM operator WHERE user_id > $1 ORDER BY user_id LIMIT $2;
