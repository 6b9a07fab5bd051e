-- member_user_lock :maybe
-- in:  phone text
-- out: user_id uuid
-- The row that log-ins and other changes of the same user wait for.
SELECT id FROM users WHERE phone = $1 AND deleted_at IS NULL FOR NO KEY UPDATE;

-- member_remove :maybe
-- in:  user_id uuid, code text?
-- out: company_id uuid, code text, template text, state text
DELETE FROM membership m USING company c, permission_template t
 WHERE m.user_id = $1 AND c.id = m.company_id AND t.id = m.template_id
   AND CASE WHEN $2::text IS NULL THEN m.state = 'member' ELSE c.code = $2 END
RETURNING c.id, c.code, t.name, m.state;

-- member_wake :maybe
-- in:  user_id uuid
-- out: company_id uuid, code text, template text
-- The dormant company of one who works nowhere now; an own one before others.
UPDATE membership m SET state = 'member' FROM company c, permission_template t
 WHERE m.user_id = $1 AND c.id = m.company_id AND t.id = m.template_id
   AND m.company_id = (SELECT d.company_id FROM membership d JOIN company o ON o.id = d.company_id
                        WHERE d.user_id = $1 AND d.state = 'dormant' AND o.deleted_at IS NULL
                        ORDER BY o.owner_id = $1 DESC, d.created_at DESC LIMIT 1)
   AND NOT EXISTS (SELECT FROM membership n WHERE n.user_id = $1 AND n.state = 'member')
RETURNING c.id, c.code, t.name;
