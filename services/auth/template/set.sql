-- template_lock :maybe
-- in:  code text, name text
-- out: template_id uuid, company_id uuid, flags int8
SELECT t.id, c.id, t.flags FROM permission_template t JOIN company c ON c.id = t.company_id
 WHERE c.code = $1 AND t.name = $2 AND c.deleted_at IS NULL FOR NO KEY UPDATE OF t;

-- template_users_lock :rows
-- in:  template_id uuid
-- out: user_id uuid
-- In the order of their ids, so that two commands cannot wait for each other.
SELECT u.id FROM users u
 WHERE u.id IN (SELECT m.user_id FROM membership m WHERE m.template_id = $1 AND m.state = 'member')
 ORDER BY u.id FOR NO KEY UPDATE;

-- template_set :queue
-- in:  template_id uuid, flags int8
UPDATE permission_template SET flags = $2 WHERE id = $1;
