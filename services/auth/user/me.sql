-- me_find :rows
-- in:  user_id uuid
-- out: name text, phone text, email text, company_id uuid?, code text?, company_name text?, subdomain text?,
--      placeholder bool?, owner bool?, state text?, template text?, flags int8?
-- The user once per company, the current one first; once without any.
SELECT u.name, u.phone, u.email, c.id, c.code, c.name, c.subdomain, c.placeholder, c.owner_id = u.id, m.state, t.name, t.flags
  FROM users u
  LEFT JOIN (membership m JOIN company c ON c.id = m.company_id AND c.deleted_at IS NULL
                          JOIN permission_template t ON t.id = m.template_id) ON m.user_id = u.id
 WHERE u.id = $1 AND u.deleted_at IS NULL
 ORDER BY m.state = 'member' DESC, m.created_at DESC LIMIT 100;
