-- me_find :maybe
-- in:  user_id uuid
-- out: name text, phone text, email text, company_id uuid?, company_name text?, subdomain text?, placeholder bool?,
--      owner bool?, flags int8?
SELECT u.name, u.phone, u.email, c.id, c.name, c.subdomain, c.placeholder, c.owner_id = u.id, t.flags
  FROM users u
  LEFT JOIN membership m ON m.user_id = u.id AND m.state = 'member'
  LEFT JOIN company c ON c.id = m.company_id AND c.deleted_at IS NULL
  LEFT JOIN permission_template t ON t.id = m.template_id
 WHERE u.id = $1 AND u.deleted_at IS NULL;
